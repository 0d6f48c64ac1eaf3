"""Which offerings to ask next, and how long those rest that said no."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from autoscaler.core.fleet import Offering, Preferred, Resource
from autoscaler.core.ledger import Instance, Unavailable

_FIRST_PAUSE = timedelta(minutes=3)
_LONGEST_PAUSE = timedelta(minutes=15)
_NEVER = datetime.min.replace(tzinfo=UTC)


def next_offerings(
    resource: Resource,
    unavailable: Sequence[Unavailable],
    now: datetime,
    prefer: Preferred = "",
) -> tuple[Offering, ...]:
    """What the next call may use: what has not lately said no, and fits into one call.

    The first is first in the operator's order, or in the preferred market. Of zones that differ
    in nothing else it is the one that has had no trouble for longest: where machines were taken
    back of late, more will be. None when all said no.
    """
    closed = {u.key: u for u in unavailable if u.until > now}
    offerings = _by_trouble(resource, unavailable)
    ordered = sorted(offerings, key=lambda o: bool(prefer) and o.market != prefer)
    there = [
        o
        for o in ordered
        if f"{resource.key}:{o.key}" not in closed
        and (o.market == prefer or _others_said_no(resource, o, closed, now))
    ]
    first = there[:1]
    return tuple(
        o for o in there if o in first or (o.together and o.together == first[0].together)
    )


def _by_trouble(resource: Resource, unavailable: Sequence[Unavailable]) -> list[Offering]:
    """In the operator's order, in which zones of one kind change places by their last trouble."""
    last = {u.key: u.until for u in unavailable}
    kinds: dict[object, list[Offering]] = {}
    for offering in resource.offerings:
        kinds.setdefault(_kind(offering), []).append(offering)
    best = {
        kind: iter(sorted(zones, key=lambda o: last.get(f"{resource.key}:{o.key}", _NEVER)))
        for kind, zones in kinds.items()
    }
    return [next(best[_kind(offering)]) for offering in resource.offerings]


def _kind(offering: Offering) -> object:
    """All of an offering but its zone."""
    return offering.model_copy(update={"zone": ""})


def next_change(resource: Resource, unavailable: Sequence[Unavailable], now: datetime) -> datetime:
    """When an offering may be had that cannot be had now."""
    closed = {u.key: u for u in unavailable if u.until > now}
    waits = {o.after for o in resource.offerings if o.after}
    ends = [u.until for u in closed.values()]
    ends += [
        at for u in closed.values() for wait in waits if (at := (u.since or now) + wait) > now
    ]
    return min(ends, default=now)


def _others_said_no(
    resource: Resource, offering: Offering, closed: Mapping[str, Unavailable], now: datetime
) -> bool:
    """True once those of other markets were not to be had for as long as this one waits."""
    if not offering.after:
        return True
    others = [o for o in resource.offerings if o.market != offering.market]
    memory = [closed.get(f"{resource.key}:{other.key}") for other in others]
    return all(u and now - (u.since or now) >= offering.after for u in memory)


def refused_again(
    before: Unavailable | None,
    key: str,
    code: str,
    now: datetime,
    *,
    pause: timedelta | None = None,
) -> Unavailable:
    """The memory of an offering that said no: `pause`, else 3 minutes, doubling up to 15.

    An offering that was not refused again for the longest pause starts anew.
    """
    again = before if before and now - before.until < _LONGEST_PAUSE else None
    count = again.count + 1 if again else 1
    growing = min(_FIRST_PAUSE * 2 ** min(count - 1, 10), _LONGEST_PAUSE)
    return Unavailable(
        key=key,
        revision=before.revision if before else 0,
        until=now + (growing if pause is None else pause),
        since=again.since if again else now,
        count=count,
        code=code,
    )


def offering_of(resource: Resource, row: Instance) -> str:
    """The key of the offering that the machine was bought as; empty when none names its zone."""
    bought = (row.type, row.zone, row.market)
    of = (o.key for o in resource.offerings if (o.type, o.zone, o.market) == bought)
    return next(of, "")


def taken_back(before: Unavailable | None, key: str, now: datetime) -> Unavailable:
    """The memory of an offering whose machine its cloud takes back: as good as a no.

    What it would still sell it would take back as well, and each of those would be replaced. The
    others that go with this one say nothing new.
    """
    if before and before.until > now:
        return before
    return refused_again(before, key, "TakenBack", now)


def pause_of(
    resource: Resource, offering: str, before: Unavailable | None, now: datetime
) -> timedelta | None:
    """How long the operator wants an offering to rest after a no, None if they did not say.

    Not while other offerings wait for it to say no for long enough: then it is asked again soon.
    """
    found = next((o for o in resource.offerings if o.key == offering), None)
    patience = max((o.after for o in resource.offerings), default=timedelta(0))
    began = before.since if before and before.since else now
    return found.pause if found and now - began >= patience else None
