"""A programmable cloud: machines by token, answers by script, listings that may lag or fail."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Machine
from autoscaler.errors import Problem, UnavailableError
from autoscaler.ports import Ambiguous, Answer, Launched, Order

Script = Callable[[Order], Answer]


class Cloud:
    """The Compute port, pure: time comes from `now`, what goes wrong from the test.

    `answers` are used up one per call before the cloud answers as it should; `calls` and
    `requests` are what it was asked. `lag` hides new machines from `machines()`.
    `consoles` is what machines say, unless they are `silenced`.
    `busy` tells whether the worker of a machine holds a task: then a drain is refused.
    """

    def __init__(self, deployment: Deployment, now: Callable[[], datetime]) -> None:
        self._deployment = deployment
        self._now = now
        self._machines: dict[str, Machine] = {}
        self._by_token: dict[str, tuple[str, ...]] = {}
        self.answers: deque[Script] = deque()
        self.calls: list[Order] = []
        self.requests: list[str] = []
        self.drains: list[tuple[str, str]] = []
        self.busy: Callable[[str], bool] = lambda _: False
        self.guard_answers = True
        self.lag = timedelta(0)
        self.broken: UnavailableError | None = None
        self.consoles: dict[str, Sequence[str]] = {}
        self.silenced: UnavailableError | None = None

    def render(self, order: Order) -> str:
        return order.model_dump_json()

    def launch(self, order: Order, request: str) -> Answer:
        self.calls.append(order)
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()(order)
        return self.start(order, request)

    def start(self, order: Order, _request: str = "", most: int | None = None) -> Launched:
        """What the cloud does when it works: once per token, whatever is asked again."""
        if order.token not in self._by_token:
            positions = range(len(order.indexes))[:most]
            machines = [self._machine(order, position) for position in positions]
            self._machines |= {machine.instance_id: machine for machine in machines}
            self._by_token[order.token] = tuple(machine.instance_id for machine in machines)
        ids = self._by_token[order.token]
        return Launched(machines=tuple(self._machines[each] for each in ids))

    def lose(self, order: Order) -> Ambiguous:
        """A script: the machines start, and the answer never arrives."""
        self.start(order)
        return Ambiguous(detail="the connection was closed")

    def machines(self) -> Sequence[Machine]:
        if self.broken:
            raise self.broken
        shown = self._now() - self.lag
        return [m for m in self._machines.values() if (m.launched_at or shown) <= shown]

    def living(self) -> list[Machine]:
        """What really runs, whatever the listing says."""
        return [m for m in self._machines.values() if m.state == "living"]

    def drain(self, instance_id: str, nonce: str) -> None:
        self.drains.append((instance_id, nonce))
        machine = self._machines.get(instance_id)
        if nonce and machine and self.guard_answers and not self.busy(machine.worker):
            self.end(instance_id, "drained")

    def terminate(self, instance_id: str) -> None:
        self.end(instance_id, "terminated")

    def end(self, instance_id: str, detail: str) -> None:
        """The machine ends; its record stays, as proof."""
        machine = self._machines.get(instance_id)
        if machine and machine.state == "living":
            update = {"state": "gone", "detail": detail}
            self._machines[instance_id] = machine.model_copy(update=update)

    def forget(self, instance_id: str) -> None:
        """The record vanishes without a word."""
        self._machines.pop(instance_id)

    def intrude(self, machine: Machine) -> None:
        """A machine that somebody else tagged."""
        self._machines[machine.instance_id] = machine

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        del follow
        if self.silenced:
            raise self.silenced
        yield from self.consoles.get(instance_id, (f"{instance_id}: nothing to tell",))

    def preflight(self) -> Sequence[Problem]:
        return ()

    def _machine(self, order: Order, position: int) -> Machine:
        prefix = next(a.prefix for a in self._deployment.autoscalers if a.name == order.autoscaler)
        return order.born(
            position,
            f"m-{order.launch}-{order.attempt}-{position}",
            prefix=prefix,
            slots=order.slots,
            at=self._now(),
        )
