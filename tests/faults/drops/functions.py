"""Steps of the core without the rule that they keep; each takes the place of the real one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from autoscaler.core import facts, launching
from autoscaler.core.fleet import Offering, Resource
from autoscaler.core.ledger import Instance, Launch, Spend
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Machine

_AT_ONCE = timedelta(0)


def absent_once(
    row: Instance, machine: Machine | None, margin: timedelta, now: datetime
) -> Instance:
    """Instead of facts.machine_fact: whoever is not listed is dead."""
    del margin
    first = _MACHINE_FACT(row, machine, _AT_ONCE, now)
    return _MACHINE_FACT(first, machine, _AT_ONCE, now)


def closes_unsettled(
    launch: Launch,
    waiting: int,
    offerings: Sequence[Offering],
    resource: Resource | None,
    now: datetime,
) -> str | None:
    """Instead of launching.closing_reason: it does not matter what may still land."""
    over = launch.model_copy(update={"unsettled": False, "claim_until": None})
    if launch.unsettled and waiting:
        return "its call was not answered"
    return _CLOSING_REASON(over, waiting, offerings, resource, now)


def settles_at_once(
    launch: Launch, described_at: datetime, margin: timedelta, *, all_bound: bool
) -> Launch:
    """Instead of launching.looked: one listing is as good as those of 180 s."""
    del margin
    first = _LOOKED(launch, described_at, _AT_ONCE, all_bound=all_bound)
    return _LOOKED(first, described_at, _AT_ONCE, all_bound=all_bound)


def keeps_looking(launch: Launch, now: datetime, claim: timedelta) -> Launch:
    """Instead of launching.claimed: a new call does not start the look again."""
    return _CLAIMED(launch, now, claim).model_copy(update={"look_since": launch.look_since})


def adopts_nobody(
    _adopter: object,
    _strangers: Iterable[Machine],
    _compute: str,
    _rows: LiveSet,
    _now: datetime,
) -> Sequence[Machine]:
    """Instead of Adopter.adopt."""
    return []


def knows_nobody(_adopter: object, _machine: Machine, _rows: LiveSet) -> bool:
    """Instead of Adopter._known: launch and row are not read again."""
    return False


def forgets(*_: object) -> list[Spend]:
    """Instead of money.spent_rows."""
    return []


def adds_nothing(_budgets: object, *_: object) -> None:
    """Instead of Budgets.started."""


_MACHINE_FACT = facts.machine_fact
_CLOSING_REASON = launching.closing_reason
_LOOKED = launching.looked
_CLAIMED = launching.claimed
