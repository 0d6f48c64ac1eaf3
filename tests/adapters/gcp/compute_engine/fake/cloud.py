"""A project of Google Cloud: zones with so many machines, quotas, operations that take time."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.adapters.gcp.compute_engine.fake.machines import Box, Doing

_WAIT = timedelta(minutes=2)
_NEVER = "the call did not land"


class CallError(Exception):
    """An error of a call: dictionaries with a `reason`."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message or reason


@dataclass
class Trouble:
    """What happens to the next call of a method: its error. `lands`: it does what was asked.

    `failing`: the call is taken, and its operation fails with this code.
    """

    method: str
    reason: str
    status: int = 500
    message: str = ""
    lands: bool = False
    failing: bool = False


class Cloud:
    """`capacity`: how many machines there are left of (type, zone, market); else as many as asked.

    `quotas`: the most machines of a market in a region. `takes`: how long an operation takes.
    `calls`: the methods that were called; `on_call` is told of each. `on_wait`: time passes until
    an operation is done. `on_metadata` is told of a machine whose metadata changed. `page`: the
    most that one answer lists. `unreachable`: zones that do not answer.
    """

    def __init__(self, now: Callable[[], datetime], project: str) -> None:
        self.now, self.project = now, project
        self.zones = [f"europe-west4-{letter}" for letter in "abc"] + ["us-east1-b"]
        self.absent: set[str] = set()
        self.capacity: dict[tuple[str, str, str], int] = {}
        self.quotas: dict[tuple[str, str], int] = {}
        self.limits: dict[str, float] = {"CPUS": 1000.0, "N2_CPUS": 1000.0}
        self.takes = timedelta(seconds=8)
        self.boxes: dict[tuple[str, str], Box] = {}
        self.operations: dict[str, Doing] = {}
        self.requests: dict[str, tuple[str, str]] = {}
        self.troubles: deque[Trouble] = deque()
        self.calls: list[str] = []
        self.unreachable: list[str] = []
        self.page = 500
        self.on_call: Callable[[str], object] = lambda _: None
        self.on_wait: Callable[[timedelta], object] = lambda _: None
        self.on_metadata: Callable[[Box], object] = lambda _: None
        self._numbers = count(1000)

    # --- power over it ---

    def living(self) -> list[Box]:
        self.settle()
        return [box for box in self.boxes.values() if not box.stopped]

    def box(self, name: str) -> Box:
        return next(box for box in self.boxes.values() if box.name == name)

    def power_off(self, box: Box) -> None:
        """From inside: what stops so keeps its disk, and is listed on."""
        if not box.stopped:
            box.stopped = self.now()
            self.begin("compute.instances.guestTerminate", box, user="system")

    def preempt(self, box: Box) -> None:
        """Google takes it back, and deletes it where it was told to."""
        box.stopped = box.stopped or self.now()
        self.begin("compute.instances.preempted", box, user="system")
        if box.asked["scheduling"].get("instanceTerminationAction") == "DELETE":
            self.boxes.pop((box.zone, box.name))

    # --- what calls do ---

    def settle(self) -> None:
        """What is over by now, in the order in which it ended."""
        due = [each for each in self.operations.values() if not each.done]
        for each in sorted(due, key=lambda one: (one.ends, one.name)):
            if each.ends <= self.now():
                each.done = True
                each.then()

    def wait(self, name: str) -> Doing:
        """As Google: at most two minutes, done or not."""
        found = self.operations[name]
        self.on_wait(min(max(found.ends - self.now(), timedelta(0)), _WAIT))
        self.settle()
        return found

    def trouble(self, method: str) -> Trouble | None:
        fits = self.troubles and self.troubles[0].method == method
        return self.troubles.popleft() if fits else None

    def insert(self, zone: str, asked: dict[str, Any], request: str, code: str = "") -> Doing:
        """`code`: how its operation will fail."""
        text = json.dumps([zone, asked], sort_keys=True)
        if request in self.requests:
            known, name = self.requests[request]
            if known != text:
                raise CallError(400, "invalid", f"requestId {request} was used for another call")
            return self.operations[name]
        if (zone, asked["name"]) in self.boxes:
            raise CallError(409, "alreadyExists", f"'{asked['name']}' already exists")
        box = self._made(zone, asked)
        failure = {"code": code, "message": code} if code else self._shortage(box)
        doing = self.begin("insert", box, request=request, error=failure)
        if request:
            self.requests[request] = (text, doing.name)
        return doing

    def delete(self, box: Box) -> Doing:
        box.stopped = box.stopped or self.now()
        return self.begin("delete", box, then=lambda: self.boxes.pop((box.zone, box.name), None))

    def begin(
        self,
        kind: str,
        box: Box,
        *,
        request: str = "",
        error: dict[str, str] | None = None,
        then: Callable[[], object] | None = None,
        user: str = "",
    ) -> Doing:
        """An operation of Google's own (`user` system) is told when it is over."""
        ends = self.now() if user else self.now() + self.takes
        name = f"operation-{next(self._numbers)}"
        doing = Doing(name, kind, box.project, box.zone, box.link, self.now(), ends)
        doing.request, doing.error, doing.user = request, error, user or doing.user
        if error:
            doing.then = lambda: self.boxes.pop((box.zone, box.name), None)
        elif then:
            doing.then = then
        self.operations[doing.name] = doing
        return doing

    def listed(self) -> Iterator[Box]:
        self.settle()
        yield from sorted(self.boxes.values(), key=lambda box: (box.zone, box.name))

    def _made(self, zone: str, asked: dict[str, Any]) -> Box:
        region, now = zone[:-2], self.now()
        box = Box(next(self._numbers), self.project, zone, asked, now, now + self.takes)
        most = self.quotas.get((region, box.market))
        here = [b for b in self.boxes.values() if b.zone[:-2] == region and b.market == box.market]
        if most is not None and len(here) >= most:
            raise CallError(403, "quotaExceeded", f"Quota 'GPUS' exceeded.  Limit: {most}")
        self.boxes[zone, box.name] = box
        return box

    def _shortage(self, box: Box) -> dict[str, str] | None:
        key = (box.type, box.zone, box.market)
        left = self.capacity.get(key)
        if left is None:
            return None
        if left > 0:
            self.capacity[key] = left - 1
            return None
        message = f"The zone '{box.zone}' does not have enough resources available."
        return {"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "message": message}
