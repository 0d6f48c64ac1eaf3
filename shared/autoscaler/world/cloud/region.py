"""A compute as clouds are: idempotent by token, slow to tell, short of machines, at times mute."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Machine
from autoscaler.errors import Problem, UnavailableError
from autoscaler.ports import Ambiguous, Answer, Known, Launched, Order, Refused, Throttled
from autoscaler.world.cloud.buckets import Bucket
from autoscaler.world.cloud.mirror import Mirror
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.time import Time

Listener = Callable[["Box"], object]

_LATEST = 14.0
_STORM = 0.6
_MINUTE = 60.0
_STOPPING = (15.0, 60.0)
_RECORD = 3600.0
_SHORT = "InsufficientInstanceCapacity"
_TOKEN = 24 * 3600.0
_NEVER, _NOW, _LATER = range(3)


@dataclass(slots=True)
class Box:
    """A machine as it really is. `order` is the drain order that stands on it.

    `taken_at`: when the cloud takes it back, as the cloud said.
    """

    machine: Machine
    started: float
    order: str = ""
    taken_at: float | None = None

    @property
    def id(self) -> str:
        return self.machine.instance_id

    @property
    def runs(self) -> bool:
        return self.machine.state == "living"

    @property
    def exists(self) -> bool:
        return self.machine.state != "gone"


def nobody(_: Box) -> None:
    """A listener that does not care."""


class Region:
    """The Compute port over chance and a time that somebody else keeps.

    `started`, `ordered` (a drain order came), `noticed` (it is to be taken back), `stopping` and
    `ended` are told as they happen.
    `mismatches` counts calls that reused a token for another request.
    """

    def __init__(
        self, deployment: Deployment, time: Time, chance: Chance, mirror: Mirror | None = None
    ) -> None:
        self._prefixes = {a.name: a.prefix for a in deployment.autoscalers}
        self._time = time
        self._chance = chance
        self._mirror = mirror or Mirror(chance)
        self._tokens: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._token_dates: deque[tuple[float, str]] = deque()
        self._calls = Bucket(10, 1)
        self._machines = Bucket(30, 0.5)
        self._numbers = count(1)
        self.boxes: dict[str, Box] = {}
        self.mismatches = 0
        self.started: Listener = nobody
        self.ordered: Listener = nobody
        self.noticed: Listener = nobody
        self.stopping: Listener = nobody
        self.ended: Listener = nobody

    # --- the port ---

    def render(self, order: Order) -> str:
        return order.model_dump_json()

    def launch(self, order: Order, request: str) -> Answer:
        nature = self._chance.nature
        if after := self._throttled(len(order.indexes)):
            return Throttled(after=after)
        if self._window("forbidden", nature.forbidden):
            return Refused(code="UnauthorizedOperation", detail="ask the owner", operator=True)
        if not self._mute():
            return self.run(order, request)
        fate = self._chance.random.choice((_NEVER, _NOW, _LATER))
        if fate == _NOW:
            self.run(order, request)
        elif fate == _LATER:
            self.land(order, request)
        return Ambiguous(detail="the connection was closed")

    def machines(self) -> Sequence[Machine]:
        self._check("Describe")
        return self._mirror.listing(self._time.at)

    def drain(self, instance_id: str, nonce: str) -> None:
        self._check("CreateTags")
        box = self.boxes.get(instance_id)
        if box and box.runs:
            box.order = nonce
            self.ordered(box)

    def terminate(self, instance_id: str) -> None:
        if not self._mute():
            self.stop(instance_id, "terminated by a call")
            return
        fate = self._chance.random.choice((_NEVER, _NOW, _LATER))
        if fate != _NEVER:
            delay = 0.0 if fate == _NOW else self._chance.random.uniform(0, _LATEST)
            self._time.later(delay, lambda: self.stop(instance_id, "terminated by a late call"))
        raise UnavailableError("TerminateInstances was not answered")

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        del follow
        yield f"{instance_id}: nothing to tell"

    def preflight(self) -> Sequence[Problem]:
        return ()

    # --- what really happens ---

    def land(self, order: Order, request: str) -> None:
        """The caller is gone; the request arrives all the same."""
        delay = self._chance.random.uniform(0, _LATEST)
        self._time.later(delay, lambda: self.run(order, request))

    def run(self, order: Order, request: str) -> Answer:
        """What the cloud does with a request that reached it."""
        self._forget_old_tokens()
        if order.token in self._tokens:
            return self._replay(order, request)
        bought, refused = self._bought(order)
        if not bought:
            return Refused(code=_SHORT, refused=refused)
        boxes = [self._start(order, at, offering) for at, offering in enumerate(bought)]
        self._tokens[order.token] = (request, tuple(box.id for box in boxes))
        self._token_dates.append((self._time.at, order.token))
        for box in boxes:
            self.started(box)
        return Launched(machines=tuple(box.machine for box in boxes), refused=refused)

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def notice(self, instance_id: str, after: float) -> None:
        """The cloud says that it takes the machine back; whether it does is another matter."""
        box = self.boxes.get(instance_id)
        if box and box.runs:
            box.taken_at = self._time.at + after
            self.noticed(box)

    def stop(self, instance_id: str, detail: str) -> None:
        """The machine stops, by itself or not: shutting-down, terminated, forgotten."""
        box = self.boxes.get(instance_id)
        if box is None or not box.runs:
            return
        self._becomes(box, "stopping", detail)
        self.stopping(box)
        delay = self._chance.random.uniform(*_STOPPING)
        self._time.later(delay, lambda: self._end(box, detail))

    # --- inside ---

    def _replay(self, order: Order, request: str) -> Answer:
        said, ids = self._tokens[order.token]
        if said != request:
            self.mismatches += 1
            return Known(detail="IdempotentParameterMismatch")
        boxes = [self.boxes[each] for each in ids if each in self.boxes]
        if not any(box.runs for box in boxes):
            return Known(detail="IdempotentInstanceTerminated")
        return Launched(machines=tuple(box.machine for box in boxes))

    def _bought(self, order: Order) -> tuple[list[str], dict[str, str]]:
        """The offering of each machine that there is; and, of several, which ones fell short."""
        bought: list[str] = []
        refused: dict[str, str] = {}
        for offering in (order.offering, *order.also):
            missing = len(order.indexes) - len(bought)
            many = self.available(order.resource, offering, missing) if missing else 0
            bought += [offering] * many
            if many < missing and order.also:
                refused[offering] = _SHORT
        return bought, refused

    def available(self, resource: str, offering: str, asked: int) -> int:
        """How many of so many machines there are now."""
        nature = self._chance.nature
        spot = offering.endswith(":spot")
        closed = nature.closed if spot else nature.flicker
        where = f"{resource}:{offering}"
        if self._chance.window(where, self._time.at, nature.window, closed):
            return 0
        if self._chance(nature.flicker):
            return 0
        if spot and asked > 1 and self._chance(nature.short):
            return self._chance.random.randint(1, asked - 1)
        return asked

    def _start(self, order: Order, position: int, offering: str) -> Box:
        machine = order.model_copy(update={"offering": offering}).born(
            position,
            f"i-{next(self._numbers):04d}",
            prefix=self._prefixes[order.autoscaler],
            slots=order.slots,
            at=self._time.now(),
        )
        box = Box(machine, self._time.at)
        self.boxes[box.id] = box
        self._mirror.show(machine, self._time.at)
        return box

    def _end(self, box: Box, detail: str) -> None:
        self._becomes(box, "gone", detail)
        self.ended(box)
        self._time.later(_RECORD, lambda: self._forget(box))

    def _forget(self, box: Box) -> None:
        self._mirror.forget(box.id, self._time.at)
        del self.boxes[box.id]

    def _forget_old_tokens(self) -> None:
        dates = self._token_dates
        while dates and self._time.at - dates[0][0] > _TOKEN:
            self._tokens.pop(dates.popleft()[1], None)

    def _becomes(self, box: Box, state: str, detail: str) -> None:
        box.machine = box.machine.model_copy(update={"state": state, "detail": detail})
        self._mirror.show(box.machine, self._time.at)

    def _throttled(self, machines: int) -> float:
        if not self._chance.nature.rate:
            return 0.0
        at = self._time.at
        wait = self._calls.take(1, at) or self._machines.take(machines, at)
        if not wait and self._chance(self._chance.nature.throttled):
            return self._chance.random.uniform(1, 10)
        return wait

    def _mute(self) -> bool:
        nature = self._chance.nature
        if self._window("storm", nature.storm) and self._chance.random.random() < _STORM:
            return True
        return self._chance(nature.ambiguous)

    def _check(self, call: str) -> None:
        nature = self._chance.nature
        if self._window("region", nature.outage) or self._chance(nature.unreadable):
            raise UnavailableError(f"{call} was not answered")

    def _window(self, name: str, probability: float) -> bool:
        return self._chance.window(name, self._time.at, _MINUTE, probability)
