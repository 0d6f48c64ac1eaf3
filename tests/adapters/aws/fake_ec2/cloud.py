"""One region of EC2: tokens, capacity, limits of speed, and listings that lag."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from itertools import count
from typing import Any

from autoscaler.world.cloud.buckets import Bucket
from tests.adapters.aws.fake_ec2.machines import Box


class EC2Error(Exception):
    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message or f"{code}.", status


@dataclass
class Trouble:
    """What happens to the next call of an action: its error. `lands`: it does what was asked."""

    action: str
    code: str
    status: int = 400
    lands: bool = False


class Cloud:
    """`capacity`: how many machines there are left of (type, zone, market); else as many as asked.

    `calls`: the actions that were called; `on_call` is told of each. `on_tag` is told of every
    tag that is set or taken ("") once the machine exists. `page`: the most that one answer lists.
    """

    def __init__(self, now: Callable[[], datetime], region: str = "eu-central-1") -> None:
        self.now, self.region = now, region
        self._began = now()
        self.zones = [f"{region}{letter}" for letter in "abc"]
        self.subnets: dict[str, str] = {}
        self.capacity: dict[tuple[str, str, str], int] = {}
        self.quotas: dict[tuple[str, str], str] = {}
        self.images: list[dict[str, Any]] = []
        self.boxes: dict[str, Box] = {}
        self.fleets: dict[str, dict[str, Any]] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.tokens: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
        self.troubles: deque[Trouble] = deque()
        self.calls: list[str] = []
        self.lag = timedelta(0)
        self.page = 1000
        self.on_tag: Callable[[Box, str, str], object] = lambda *_: None
        self.on_call: Callable[[str], object] = lambda _: None
        self._numbers = count(1)
        self._requests = {
            "RunInstances": Bucket(5, 2),
            "CreateFleet": Bucket(5, 2),
            "TerminateInstances": Bucket(100, 5),
            "CreateTags": Bucket(100, 10),
            "DescribeInstances": Bucket(100, 20),
        }
        self._machines = Bucket(1000, 2)

    @property
    def at(self) -> float:
        return (self.now() - self._began).total_seconds()

    def admit(self, action: str) -> None:
        """Raises what AWS says to callers that are too fast."""
        self.calls.append(action)
        self.on_call(action)
        bucket = self._requests.get(action)
        if bucket and bucket.take(1, self.at):
            raise EC2Error("RequestLimitExceeded", "Request limit exceeded.", 503)

    def trouble(self, action: str) -> Trouble | None:
        """The next one that is meant for this action."""
        found = next((each for each in self.troubles if each.action == action), None)
        if found:
            self.troubles.remove(found)
        return found

    def living(self) -> list[Box]:
        return [box for box in self.boxes.values() if not box.stopped]

    def listed(self) -> list[Box]:
        now = self.now()
        return [box for box in self.boxes.values() if box.known(now, self.lag)]

    def replayed(self, kind: str, token: str, said: str) -> tuple[str, ...] | None:
        """What the token got before. Raises when it came with another request."""
        before = self.tokens.get((kind, token))
        if before is None:
            return None
        if before[0] != said:
            message = "Arguments on this idempotent request are inconsistent with previous ones."
            raise EC2Error("IdempotentParameterMismatch", message)
        return before[1]

    def left(self, type: str, zone: str, market: str) -> int:
        reached = (type, market) in self.quotas
        return 0 if reached else self.capacity.get((type, zone, market), 1_000_000)

    def take(self, wanted: int, type: str, zone: str, market: str) -> int:
        """How many of them there are; they are taken. Raises when too many came lately."""
        many = min(wanted, self.left(type, zone, market))
        if many and self._machines.take(many, self.at):
            raise EC2Error("RequestLimitExceeded", "Too many machines at once.", 503)
        if (type, zone, market) in self.capacity:
            self.capacity[type, zone, market] -= many
        return many

    def zone_of(self, place: Mapping[str, Any], type: str, market: str) -> str:
        """Where a machine goes: where it was asked to, or where most are left."""
        if subnet := place.get("SubnetId"):
            if subnet not in self.subnets:
                raise EC2Error("InvalidSubnetID.NotFound", f"{subnet} does not exist")
            return self.subnets[subnet]
        zone = place.get("AvailabilityZone") or place.get("Placement", {}).get("AvailabilityZone")
        if zone and zone not in self.zones:
            raise EC2Error("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
        return str(zone or max(self.zones, key=lambda each: self.left(type, each, market)))

    def start(self, many: int, **settings: Any) -> list[Box]:
        boxes = []
        for index in range(many):
            box = Box(
                id="i-" + sha256(f"{self.region} {next(self._numbers)}".encode()).hexdigest()[:17],
                index=index,
                started=self.now(),
                **{**settings, "tags": dict(settings["tags"])},
            )
            self.boxes[box.id] = box
            boxes.append(box)
        return boxes

    def box(self, instance_id: str) -> Box:
        box = self.boxes.get(instance_id)
        if box is None or not box.known(self.now(), timedelta(0)):
            message = f"The instance ID '{instance_id}' does not exist"
            raise EC2Error("InvalidInstanceID.NotFound", message)
        return box

    def set_tag(self, instance_id: str, key: str, value: str) -> None:
        box = self.box(instance_id)
        if value:
            box.tags[key] = value
        else:
            box.tags.pop(key, None)
        self.on_tag(box, key, value)

    def named_images(self, filters: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        def fits(image: Mapping[str, Any]) -> bool:
            named = any(fnmatchcase(image["Name"], each) for each in filters["name"])
            return named and image["Architecture"] in filters["architecture"]

        return [image for image in self.images if fits(image)]
