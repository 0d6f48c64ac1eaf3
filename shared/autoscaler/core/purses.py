"""How much is spent, committed and left: of each budget, in each of its periods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Phase, Spend
from autoscaler.core.money import (
    EVERYTHING,
    QUEUE,
    bound,
    budgets,
    hourly,
    kept,
    limits,
    past,
    scopes,
)
from autoscaler.core.periods import Period, Window, window
from autoscaler.core.value import Value


class Purse(Value):
    """The money of a scope in a period: spent, committed, or left.

    `committed` is what machines that live will cost at least: until they can be stopped at the
    earliest, in this period. An hour is no sum but a speed: what all of them cost in a full one
    is committed, and nothing is spent. `unpriced` machines count as free.
    """

    scope: str
    period: Period
    limit: float | None
    spent: float
    committed: float
    unpriced: int
    ends: datetime

    @property
    def used(self) -> float:
        return self.spent + self.committed

    @property
    def left(self) -> float | None:
        return None if self.limit is None else max(0.0, self.limit - self.used)


def purses(
    deployment: Deployment, rows: Iterable[Instance], spend: Iterable[Spend], now: datetime
) -> list[Purse]:
    """Every budget's periods; and what everything costs by day and month, limited or not."""
    found: dict[tuple[str, Period], float | None] = {
        (EVERYTHING, Period.DAY): None,
        (EVERYTHING, Period.MONTH): None,
    }
    for scope, budget in budgets(deployment).items():
        found |= {(scope, period): most for period, most in limits(budget)}
    known = {row.key: row for row in spend}
    mine = by_scope(rows)
    return [
        purse(deployment, scope, period, most, mine.get(scope, ()), known.get(scope), now)
        for (scope, period), most in found.items()
    ]


def called(deployment: Deployment, scope: str) -> str:
    """Whose money it is, in words."""
    if scope == EVERYTHING:
        return f"deployment {deployment.name}"
    if scope.startswith(QUEUE):
        return f"queue {scope.removeprefix(QUEUE)}"
    return f"autoscaler {scope}"


def by_scope(rows: Iterable[Instance]) -> Mapping[str, Sequence[Instance]]:
    """The machines whose cost is the money of each scope."""
    found: dict[str, list[Instance]] = {}
    for row in rows:
        for scope in scopes(row.autoscaler, row.queue):
            found.setdefault(scope, []).append(row)
    return found


def purse(
    deployment: Deployment,
    scope: str,
    period: Period,
    limit: float | None,
    rows: Sequence[Instance],
    spend: Spend | None,
    now: datetime,
) -> Purse:
    """The purse of the period that `now` is in; `rows` are the scope's own."""
    when = window(period, now, deployment.timezone)
    living = [row for row in rows if row.phase != Phase.GONE]
    spent = 0.0
    if period == Period.HOUR:
        committed = sum(hourly(deployment, row) or 0.0 for row in living)
    else:
        ago = sum(past(deployment, row, now).cost(when) for row in rows)
        committed = ahead(deployment, rows, when, now) - ago
        spent = ago + kept(spend, period, now)
    return Purse(
        scope=scope,
        period=period,
        limit=limit,
        spent=spent,
        committed=max(0.0, committed),
        unpriced=sum(hourly(deployment, row) is None for row in living),
        ends=when.end,
    )


def ahead(deployment: Deployment, rows: Iterable[Instance], when: Window, now: datetime) -> float:
    """What the machines cost at least in the window, past and future."""
    return sum(bound(deployment, row, now).cost(when) for row in rows)
