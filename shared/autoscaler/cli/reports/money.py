"""What is spent, committed and left, by whose money it is."""

from collections.abc import Iterator
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.periods import Period
from autoscaler.core.purses import called, purses
from autoscaler.core.rows import LiveSet
from autoscaler.core.value import Value


class MoneyLine(Value):
    """Of an hour nothing is spent: `committed` is what all machines that live cost in one."""

    of: str
    period: Period
    spent: float | None
    committed: float
    limit: float | None
    left: float | None
    ends: datetime
    unpriced: int


def money_lines(deployment: Deployment, live: LiveSet, now: datetime) -> Iterator[MoneyLine]:
    """Every budget's periods; and what everything costs by day and month, limited or not."""
    for purse in purses(deployment, live.instances, live.spend, now):
        yield MoneyLine(
            of=called(deployment, purse.scope),
            period=purse.period,
            spent=None if purse.period == Period.HOUR else round(purse.spent, 6),
            committed=round(purse.committed, 6),
            limit=purse.limit,
            left=None if purse.left is None else round(purse.left, 6),
            ends=purse.ends,
            unpriced=purse.unpriced,
        )
