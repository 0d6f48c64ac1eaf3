"""How much is spent, committed and left: of each budget, in each of its periods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Spend
from autoscaler.core.money import EVERYTHING, QUEUE, Bill, bill, budgets, kept, limits, scopes
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
    mine = bills(deployment, rows, now)
    zone = deployment.timezone
    return [
        purse(scope, period, most, mine.get(scope, ()), known.get(scope), now, zone)
        for (scope, period), most in found.items()
    ]


def called(deployment: Deployment, scope: str) -> str:
    """Whose money it is, in words."""
    if scope == EVERYTHING:
        return f"deployment {deployment.name}"
    if scope.startswith(QUEUE):
        return f"queue {scope.removeprefix(QUEUE)}"
    return f"autoscaler {scope}"


def bills(
    deployment: Deployment, rows: Iterable[Instance], now: datetime
) -> Mapping[str, Sequence[Bill]]:
    """What the machines cost, by the scope whose money it is."""
    found: dict[str, list[Bill]] = {}
    for row in rows:
        made = bill(deployment, row, now)
        for scope in scopes(row.autoscaler, row.queue):
            found.setdefault(scope, []).append(made)
    return found


def purse(
    scope: str,
    period: Period,
    limit: float | None,
    mine: Sequence[Bill],
    spend: Spend | None,
    now: datetime,
    timezone: str,
) -> Purse:
    """The purse of the period that `now` is in; `mine` are the scope's own bills."""
    when = window(period, now, timezone)
    living = [each for each in mine if each.lives]
    spent = 0.0
    if period == Period.HOUR:
        committed = sum(each.price or 0.0 for each in living)
    else:
        ago = sum(each.past.cost(when) for each in mine)
        committed = ahead(mine, when) - ago
        spent = ago + kept(spend, period, now)
    return Purse(
        scope=scope,
        period=period,
        limit=limit,
        spent=spent,
        committed=max(0.0, committed),
        unpriced=sum(each.price is None for each in living),
        ends=when.end,
    )


def ahead(mine: Iterable[Bill], when: Window) -> float:
    """What the machines cost at least in the window, past and future."""
    return sum(each.bound.cost(when) for each in mine)
