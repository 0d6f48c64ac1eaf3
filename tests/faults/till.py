"""What machines really cost, beside what the budgets allow: S6."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from autoscaler.core.fleet import Budget, Deployment, Resource
from autoscaler.core.ledger import Instance, Launch, Phase
from autoscaler.core.money import QUEUE, budgets, scopes
from autoscaler.core.periods import Period, Window, window
from autoscaler.core.seen import Machine
from autoscaler.world.cloud import Box
from tests.faults.errors import Violation
from tests.faults.hub import Hub
from tests.faults.shadow import Shadow

_HOUR = 3600.0
_DUST = 1e-6
_TABLE = 0.8


class Till:
    """Counts with the machines as they are, not with what the table says of their cost."""

    def __init__(self, deployment: Deployment, hub: Hub, shadow: Shadow) -> None:
        self._deployment = deployment
        self._budgets = budgets(deployment)
        self._hub = hub
        self._shadow = shadow
        self._queues: dict[str, str] = {}
        self._boxes: defaultdict[str, list[Box]] = defaultdict(list)
        self._ended: dict[str, datetime] = {}
        self._forgotten: set[str] = set()

    # --- what happens ---

    def ordered(self, launch: Launch) -> None:
        self._queues[launch.key] = launch.queue

    def started(self, box: Box) -> None:
        """The hour's limit holds at every instant: it is of what lives."""
        queue = self._queues.get(box.machine.launch, "")
        for scope in scopes(box.machine.autoscaler, queue):
            if scope not in self._budgets:
                continue
            self._boxes[scope].append(box)
            limit = self._budgets[scope].hour
            living = sum(self._price(b.machine) for b in self._boxes[scope] if b.exists)
            if limit is not None and living > limit + _DUST:
                raise Violation("S6", f"{scope}: what lives costs {living:g} of {limit:g} an hour")

    def ended(self, box: Box) -> None:
        self._ended[box.id] = self._hub.now()

    def wiped(self) -> None:
        """The table is lost: of what was, it learns only what it adopts, without its queue."""
        self._forgotten |= {box.id for boxes in self._boxes.values() for box in boxes}
        for scope in [each for each in self._boxes if each.startswith(QUEUE)]:
            self._boxes[scope].clear()
        self._queues.clear()

    def named(self, row: Instance) -> None:
        self._forgotten.discard(row.instance_id)

    def raised(self, deployment: Deployment) -> None:
        """The operator changes the budgets; the machines and their prices stay the same."""
        self._budgets = budgets(deployment)

    # --- what must hold ---

    def planned(self, launches: Iterable[Launch]) -> None:
        """No launch is committed that takes a day's or month's money beyond its budget."""
        for launch in launches:
            for scope in scopes(launch.autoscaler, launch.queue):
                for period, limit in _sums(self._budgets.get(scope)):
                    when = window(period, launch.requested_at, self._deployment.timezone)
                    used = self._used(scope, when, launch.requested_at)
                    if used > limit + _DUST:
                        said = f"{scope}: {used:.4f} of {limit:g} a {period} spent or committed"
                        raise Violation("S6", said)

    def tight(self, resource: Resource, queue: str, at: datetime) -> bool:
        """Whether one machine more could be beyond some budget.

        The table counts a machine until its end is proven, so its sums are somewhat higher.
        """
        price = resource.dearest or 0.0
        one = price * self._unstarted(resource).total_seconds() / _HOUR
        for scope in scopes(resource.autoscaler, queue):
            budget = self._budgets.get(scope)
            if budget and budget.hour is not None and self._hourly(scope) + price > budget.hour:
                return True
            for period, limit in _sums(budget):
                when = window(period, at, self._deployment.timezone)
                after = window(period, when.end, self._deployment.timezone)
                if max(self._used(scope, w, at) for w in (when, after)) + one > _TABLE * limit:
                    return True
        return False

    # --- inside ---

    def _price(self, machine: Machine) -> float:
        resource = self._deployment.by_key[f"{machine.autoscaler}/{machine.resource}"]
        return resource.hourly_price(machine.type, machine.zone, machine.market) or 0.0

    def _used(self, scope: str, when: Window, at: datetime) -> float:
        return self._spent(scope, when, at) + self._ahead(scope, when, at)

    def _spent(self, scope: str, when: Window, at: datetime) -> float:
        return sum(
            self._price(box.machine) * when.shared(start, min(at, end)).total_seconds() / _HOUR
            for box in self._boxes[scope]
            if box.id not in self._forgotten
            and (start := box.machine.launched_at)
            and (end := self._ended.get(box.id, at)) > when.start
        )

    def _ahead(self, scope: str, when: Window, at: datetime) -> float:
        """What the rows commit: each machine goes as soon as it may, working or not."""
        return sum(
            self._row_price(row) * _seconds(when, at, *self._most(row, at)) / _HOUR
            for row in self._rows(scope)
        )

    def _hourly(self, scope: str) -> float:
        return sum(map(self._row_price, self._rows(scope)))

    def _rows(self, scope: str) -> Sequence[Instance]:
        rows = self._shadow.instances.values()
        living = (row for row in rows if row.phase != Phase.GONE)
        return [row for row in living if scope in scopes(row.autoscaler, row.queue)]

    def _row_price(self, row: Instance) -> float:
        dearest = self._deployment.by_key[row.resource_key].dearest or 0.0
        return dearest if row.hourly_price is None else row.hourly_price

    def _most(self, row: Instance, at: datetime) -> tuple[timedelta, timedelta]:
        """For how long it costs at most, and how long from now until that has passed."""
        stop = self._deployment.timing.stop
        if row.phase == Phase.REQUESTED:
            most = self._unstarted(self._deployment.by_key[row.resource_key])
            return most, max((row.next_check or at) - at, timedelta(0)) + most
        boot = (row.boot_deadline or at) - at if row.phase == Phase.BOOTING else timedelta(0)
        return (most := max(boot, timedelta(0)) + stop), most

    def _unstarted(self, resource: Resource) -> timedelta:
        return resource.margin + resource.max_spin_up + self._deployment.timing.stop


def _seconds(when: Window, at: datetime, most: timedelta, until: timedelta) -> float:
    return min(most, when.shared(at, at + until)).total_seconds()


def _sums(budget: Budget | None) -> Iterator[tuple[Period, float]]:
    for period in (Period.DAY, Period.MONTH):
        limit: float | None = getattr(budget, period) if budget else None
        if limit is not None:
            yield period, limit
