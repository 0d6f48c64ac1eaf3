"""How long a machine may be idle, where its policy is `adaptive`: a matter of rent or buy.

Keeping it costs its price, stopping it costs a boot and somebody's wait for that boot. Both cost
the same after the break-even time B (1 + w): B is how long a boot takes, w what an hour of waiting
is worth in hours of the machine (with a fixed cost F of a launch and a price p it would be F / p
more; clouds bill by the second, so F is nothing). Whoever stops after the break-even time pays at
most twice what a clairvoyant pays (ski rental; for machines Lu and Chen, arXiv 1112.0442). How
soon machines were needed again lately tells a better time.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

from autoscaler.core.fleet import Resource
from autoscaler.core.ledger import Unavailable
from autoscaler.core.memory import Memory, numbers
from autoscaler.core.value import Value
from autoscaler.core.words import span

UNKNOWN_BOOT = timedelta(seconds=180)
SHORTEST = timedelta(seconds=60)
"""Clouds bill a minute at least, and the poller looks once a minute."""
ENOUGH = 30
WAITING = 3.0
"""What an hour of waiting is worth, in hours of the machine: found as decision 17 says."""
SHARES = (0.1, 0.2, 0.33, 0.5, 0.75, 1.0, 1.5, 2.0)
_QUANTILE = 0.75


class Timeout(Value):
    """`limit` is how long machines may be idle, and `why` says where that comes from."""

    boot: timedelta
    break_even: timedelta
    limit: timedelta
    gaps: int
    why: str


def timeout(
    resource: Resource, memory: Memory | None, unavailable: Iterable[Unavailable], now: datetime
) -> Timeout:
    """The limit is never longer than the resource's `max_idle`, nor shorter than a minute.

    Of the two the first counts.
    """
    gaps = numbers(memory.gaps) if memory else []
    boot = boot_time(memory) + scarcity(resource, unavailable, now)
    break_even = boot * (1 + WAITING)
    if len(gaps) < ENOUGH:
        limit = _within(resource, boot)
        why = f"{len(gaps)} of {ENOUGH} gaps known: one boot time"
    else:
        limit = min(
            _candidates(resource, break_even), key=lambda length: mean(gaps, length, break_even)
        )
        shorter = sum(timedelta(seconds=gap) <= limit for gap in gaps) / len(gaps)
        why = f"of {len(gaps)} gaps, {shorter:.0%} were no longer than {span(limit)}"
    if limit == resource.max_idle:
        why += "; max_idle allows no more"
    return Timeout(boot=boot, break_even=break_even, limit=limit, gaps=len(gaps), why=why)


def boot_time(memory: Memory | None) -> timedelta:
    """How long three of four of its boots took at most; 180 s before one is known."""
    known = sorted(numbers(memory.boots)) if memory else []
    if not known:
        return UNKNOWN_BOOT
    return timedelta(seconds=known[ceil(_QUANTILE * len(known)) - 1])


def scarcity(resource: Resource, unavailable: Iterable[Unavailable], now: datetime) -> timedelta:
    """What a boot takes longer while offerings cannot be had.

    The share of them that say no, times how long those do without on average, as far as known.
    """
    keys = {f"{resource.key}:{offering.key}" for offering in resource.offerings}
    without = [u.until - (u.since or now) for u in unavailable if u.key in keys and u.until > now]
    return sum(without, timedelta(0)) / len(keys)


def mean(gaps: Sequence[int], limit: timedelta, break_even: timedelta) -> float:
    """What these gaps cost on average with this limit, in seconds of a machine."""
    most, stopped = limit.total_seconds(), (limit + break_even).total_seconds()
    return sum(gap if gap <= most else stopped for gap in gaps) / len(gaps)


def _candidates(resource: Resource, break_even: timedelta) -> Iterator[timedelta]:
    """The shortest first: it is taken where a longer one costs the same."""
    lengths = [SHORTEST, *(break_even * share for share in SHARES)]
    yield from sorted({_within(resource, length) for length in lengths})


def _within(resource: Resource, length: timedelta) -> timedelta:
    seconds = timedelta(seconds=round(length.total_seconds()))
    return min(max(seconds, SHORTEST), resource.max_idle)
