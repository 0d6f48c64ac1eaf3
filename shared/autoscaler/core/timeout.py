"""How long a machine may be idle, where its policy is `adaptive`: a matter of rent or buy.

Keeping it costs its price, stopping it costs a boot and somebody's wait for that boot. Both cost
the same after the break-even time B (1 + w) + F / p: B is how long a boot takes, w what an hour of
waiting is worth in hours of the machine, F what each start costs beside, and p the machine's
price. Here w is 2, and F / p 230 s: whoever has to wait at all does something else
meanwhile. Whoever stops after the break-even time pays at most twice what a clairvoyant pays (ski
rental; for machines Lu and Chen, arXiv 1112.0442). How soon machines were needed again lately
tells a better time, and another one for the machine that works nearly always than for the one that
works at the peak.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil

from autoscaler.core.fleet import Resource
from autoscaler.core.ledger import Unavailable
from autoscaler.core.memory import Memory, gaps_by_level, numbers
from autoscaler.core.value import Value
from autoscaler.core.words import span

UNKNOWN_BOOT = timedelta(seconds=180)
SHORTEST = timedelta(seconds=30)
"""Long enough for whoever hands in the next task when the last one has ended."""
WAITING = 2
"""w. Chosen with the benchmark's workloads, as F / p, by other seeds than those of its figures."""
STARTING = timedelta(seconds=230)
"""F / p."""
SHARES = (0.1, 0.2, 0.33, 0.5, 0.75, 1.0, 1.5, 2.0)
_QUANTILE = 0.75


class Timeout(Value):
    """How long machines may be idle, by level: each limit is made when somebody asks for it.

    `lengths` are what a limit may be, the shortest first; `levels` are the gaps of each level that
    has any.
    """

    boot: timedelta
    break_even: timedelta
    shortest: timedelta
    lengths: tuple[timedelta, ...]
    levels: dict[int, tuple[int, ...]]

    def limit(self, level: int) -> timedelta:
        """For the machine that has work when so many have: the first is busy most."""
        gaps = self.levels.get(level)
        if not gaps:
            return self.shortest
        return min(self.lengths, key=lambda length: paid(gaps, length, self.break_even))

    def waits(self, level: int, idle: timedelta) -> bool:
        """Whether the machine of that level may be idle for longer than it has been."""
        if idle < self.shortest or idle >= self.lengths[-1]:
            return idle < self.shortest  # so it is with every limit
        return idle < self.limit(level)

    @property
    def longest(self) -> timedelta:
        return max((self.limit(level) for level in self.levels), default=self.shortest)

    @property
    def gaps(self) -> int:
        return sum(map(len, self.levels.values()))

    @property
    def why(self) -> str:
        """Where that comes from."""
        limits = {level: self.limit(level) for level in self.levels}
        return _why(self.gaps, limits, self.shortest)


def timeout(
    resource: Resource, memory: Memory | None, unavailable: Iterable[Unavailable], now: datetime
) -> Timeout:
    """No limit is longer than the resource's `max_idle`, nor shorter than half a minute.

    Of the two the first counts. A level of which no gap is known has the shortest.
    """
    levels = gaps_by_level(memory) if memory else {}
    boot = boot_time(memory) + scarcity(resource, unavailable, now)
    break_even = boot * (1 + WAITING) + STARTING
    return Timeout(
        boot=boot,
        break_even=break_even,
        shortest=_within(resource, SHORTEST),
        lengths=tuple(sorted(set(_candidates(resource, break_even)))),
        levels={level: tuple(gaps) for level, gaps in levels.items()},
    )


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


def paid(gaps: Sequence[int], limit: timedelta, break_even: timedelta) -> float:
    """What these gaps cost with this limit, in seconds of a machine.

    And as if one more had never ended: a few short ones prove little.
    """
    most, stopped = limit.total_seconds(), (limit + break_even).total_seconds()
    return sum(gap if gap <= most else stopped for gap in gaps) + stopped


def _candidates(resource: Resource, break_even: timedelta) -> Iterator[timedelta]:
    """Of those that cost the same the shortest is taken."""
    for length in (SHORTEST, *(break_even * share for share in SHARES)):
        yield _within(resource, length)


def _within(resource: Resource, length: timedelta) -> timedelta:
    seconds = timedelta(seconds=round(length.total_seconds()))
    return min(max(seconds, SHORTEST), resource.max_idle)


def _why(gaps: int, limits: Mapping[int, timedelta], shortest: timedelta) -> str:
    """The levels that may be idle for longer than the others, those beside each other in one."""
    longer = [(level, limit) for level, limit in limits.items() if limit > shortest]
    words = []
    runs = groupby(enumerate(longer), key=lambda each: (each[1][0] - each[0], each[1][1]))
    for (_, limit), run in runs:
        levels = [level for _, (level, _) in run]
        last = f" to {levels[-1]}" if levels[1:] else ""
        words.append(f"machine{'s' if last else ''} {levels[0]}{last} {span(limit)}")
    words.append(f"{'others' if words else 'every machine'} {span(shortest)}")
    return f"of {gaps} gaps: {', '.join(words)}"
