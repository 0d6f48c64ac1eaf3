"""What machines cost, exactly: by whose money it is, and by hour, day and month.

A machine costs its hourly price from its launch to its proven end. While its row is in the table
the cost is computed from the row, so that nothing has to be written as time passes. When the row
leaves the table, the same commit adds its cost to the spend rows: once, whatever crashes.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from autoscaler.core.fleet import Budget, Deployment
from autoscaler.core.ledger import Instance, Phase, Spend
from autoscaler.core.periods import HOUR, Period, Window, window

EVERYTHING = "*"
QUEUE = "queue:"  # no autoscaler is called so: a name holds no colon


class Stay(NamedTuple):
    """A machine's time to be paid: somewhere from `start` to `end`, and no longer than `most`."""

    hourly: float
    start: datetime
    end: datetime
    most: timedelta

    def cost(self, when: Window) -> float:
        """What it may cost at most in the window."""
        return self.hourly * (min(when.shared(self.start, self.end), self.most) / HOUR)


class Bill(NamedTuple):
    """What a machine costs: `price` is None when it is unknown, and then counts as nothing."""

    price: float | None
    past: Stay
    bound: Stay
    lives: bool


def scopes(autoscaler: str, queue: str) -> tuple[str, ...]:
    """Whose money a machine of this autoscaler costs that was launched for this queue."""
    return (EVERYTHING, autoscaler, *([QUEUE + queue] if queue else []))


def budgets(deployment: Deployment) -> Mapping[str, Budget]:
    """Every budget by its scope."""
    everything = {EVERYTHING: deployment.budget}
    autoscalers = {a.name: a.budget for a in deployment.autoscalers}
    queues = {QUEUE + queue: budget for queue, budget in deployment.queue_budgets.items()}
    return {s: b for s, b in (everything | autoscalers | queues).items() if b is not None}


def limits(budget: Budget) -> Iterator[tuple[Period, float]]:
    """The periods that the budget limits, with the most that may be spent in each."""
    for period in Period:
        most: float | None = getattr(budget, period)
        if most is not None:
            yield period, most


def hourly(deployment: Deployment, row: Instance) -> float | None:
    """Its price; the dearest that it may have while it has none, None when that is unknown."""
    if row.hourly_price is not None:
        return row.hourly_price
    resource = deployment.by_key.get(row.resource_key)
    return resource.dearest if resource else None


def past(deployment: Deployment, row: Instance, now: datetime) -> Stay:
    """What is paid for already."""
    start = row.launched_at or now
    end = min(now, row.gone_at or now)
    return Stay(hourly(deployment, row) or 0.0, start, end, max(end - start, timedelta(0)))


def bound(deployment: Deployment, row: Instance, now: datetime) -> Stay:
    """What is paid for at least, if the machine is stopped as soon as that is possible.

    A task that runs on it is not counted: nobody knows how long it takes.
    """
    stop = deployment.timing.stop
    price = hourly(deployment, row) or 0.0
    if row.phase == Phase.GONE:
        return past(deployment, row, now)
    if row.phase == Phase.REQUESTED:
        most = unstarted(deployment, row.resource_key)
        return Stay(price, now, max(row.next_check or now, now) + most, most)
    start = row.launched_at or now
    end = max(now, row.boot_deadline or now) if row.phase == Phase.BOOTING else now
    return Stay(price, start, end + stop, end + stop - start)


def bill(deployment: Deployment, row: Instance, now: datetime) -> Bill:
    return Bill(
        price=hourly(deployment, row),
        past=past(deployment, row, now),
        bound=bound(deployment, row, now),
        lives=row.phase != Phase.GONE,
    )


def unstarted(deployment: Deployment, resource: str) -> timedelta:
    """How long a machine that is only ordered may be paid although no worker ever appears."""
    found = deployment.by_key.get(resource)
    boot = found.margin + found.max_spin_up if found else timedelta(0)
    return boot + deployment.timing.stop


def kept(row: Spend | None, period: Period, now: datetime) -> float:
    """What the row says for the period that `now` is in."""
    until: datetime | None = getattr(row, f"{period}_until", None)
    amount: float = getattr(row, period, 0.0)
    return amount if until and now < until else 0.0


def added(row: Spend, deployment: Deployment, ended: Instance, now: datetime) -> Spend:
    """The row with a machine's cost: of each period the part that lies in it."""
    stay = past(deployment, ended, now)
    changes: dict[str, object] = {}
    for period in Period:
        this = window(period, now, deployment.timezone)
        until = getattr(row, f"{period}_until")
        changes[period] = kept(row, period, now) + stay.cost(this)
        changes[f"{period}_until"] = until if until and now < until else this.end
    return row.model_copy(update=changes)


def spent_rows(
    deployment: Deployment, before: Iterable[Spend], ended: Instance, now: datetime
) -> list[Spend]:
    """The spend rows as they must be when this row leaves the table; none if it cost nothing."""
    if not past(deployment, ended, now).most or not hourly(deployment, ended):
        return []
    known = {row.key: row for row in before}
    keys = scopes(ended.autoscaler, ended.queue)
    rows = (known.get(key) or Spend(key=key) for key in keys)
    return [added(row, deployment, ended, now) for row in rows]
