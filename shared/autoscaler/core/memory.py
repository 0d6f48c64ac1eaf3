"""What a resource taught: how long its machines boot, and how soon an idle one is needed again.

Machines are not told apart. Of machines that work, the first is always busy when there is work at
all, the last only at the peak; each of these levels falls idle and is needed again in its turn, as
if tasks went to the machine that fell idle last. So a gap is known although agents share tasks out
as it happens, and it ends although its machine was stopped meanwhile (the decomposition of Lu and
Chen, arXiv 1112.0442).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from autoscaler.core.value import Value

KEPT_GAPS = 200
KEPT_BOOTS = 20
KEPT_RESTS = 32
LONGEST = timedelta(days=1)

_NUMBER = re.compile(r"(?<!\S)[0-9]{1,6}(?!\S)")
_REST = re.compile(r"(?<!\S)([0-9]{1,6})(?:\*([1-9][0-9]{0,5}))?(?!\S)")


class Memory(Value):
    """All of it in words and numbers that a person can read; what cannot be read is forgotten.

    `machines` had work at `at`, when it last changed; `idle` is for how many seconds others had
    been without: "1800 60*2" are three. `gaps` are seconds from falling idle to being needed
    again, at most a day each, and `levels` of which machine: the first is the one that has work
    when there is any at all. `boots` are seconds from a launch to the registration, up to the
    one at `booted`. The latest is last.
    """

    at: datetime
    machines: int = 0
    idle: str = ""
    gaps: str = ""
    levels: str = ""
    boots: str = ""
    booted: datetime | None = None


class Rest(NamedTuple):
    """So many machines without work, since the same moment."""

    since: datetime
    machines: int


class Boot(NamedTuple):
    """A registration, and how long after the launch it came."""

    at: datetime
    took: timedelta


def begun(machines: int, idle_since: Iterable[datetime], now: datetime) -> Memory:
    """A new memory: these are idle, and nothing else is known."""
    found = Counter(since.replace(microsecond=0) for since in idle_since)
    idle = [Rest(since, found[since]) for since in sorted(found)]
    return _written(Memory(at=now, machines=machines), idle, now)


def worked(memory: Memory, machines: int, now: datetime) -> Memory:
    """The memory once so many machines have work; itself when that is no news."""
    more = machines - memory.machines
    if not more:
        return memory
    idle, gaps, levels = rests(memory), numbers(memory.gaps), numbers(memory.levels)
    level = memory.machines
    if more < 0:
        idle.append(Rest(_whole(now), -more))
    while more > 0 and idle:
        since, count = idle.pop()
        needed = min(count, more)
        more -= needed
        kept = min(needed, KEPT_GAPS)
        gaps += [_seconds(now - since)] * kept
        levels += range(level + 1, level + 1 + kept)
        level += needed
        if count > needed:
            idle.append(Rest(since, count - needed))
    after = memory.model_copy(
        update={"machines": machines, "gaps": _text(gaps), "levels": _text(levels)}
    )
    return _written(after, idle, now)


def booted(memory: Memory, boots: Iterable[Boot], now: datetime) -> Memory:
    """The memory with the boots that it does not know; itself when it knows them all."""
    new = sorted(b for b in boots if memory.booted is None or b.at > memory.booted)
    if not new:
        return memory
    known = numbers(memory.boots) + [_seconds(boot.took) for boot in new]
    update = {"boots": " ".join(map(str, known[-KEPT_BOOTS:])), "booted": new[-1].at}
    return _written(memory.model_copy(update=update), rests(memory), now)


def gaps_by_level(memory: Memory) -> dict[int, list[int]]:
    """Those whose level is known, the first level's first."""
    gaps, levels = numbers(memory.gaps), numbers(memory.levels)
    known = min(len(gaps), len(levels))
    found: defaultdict[int, list[int]] = defaultdict(list)
    for level, gap in zip(levels[-known:], gaps[-known:], strict=True) if known else ():
        found[level].append(gap)
    return {level: found[level] for level in sorted(found)}


def needed_lately(memory: Memory, waits: Callable[[int, timedelta], bool], now: datetime) -> int:
    """How many machines more than now had work so lately that it pays to wait.

    `waits` says so of a level and how long it has been idle.
    """
    needed, level = 0, memory.machines
    for rest in reversed(rests(memory)):
        idle, above = now - rest.since, level + rest.machines
        needed += sum(waits(each, idle) for each in range(level + 1, above + 1))
        level = above
    return needed


def rests(memory: Memory) -> list[Rest]:
    """Who is without work, the last to fall idle at the end."""
    at = _whole(memory.at)
    found = _REST.findall(memory.idle)
    return [Rest(at - timedelta(seconds=int(age)), int(count or 1)) for age, count in found]


def numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(text)]


def _written(memory: Memory, idle: Sequence[Rest], now: datetime) -> Memory:
    words = (_word(rest, now) for rest in _fewer(idle))
    return memory.model_copy(update={"at": _whole(now), "idle": " ".join(words)})


def _fewer(idle: Sequence[Rest]) -> Iterator[Rest]:
    """At most as many as are kept: those of long ago are one."""
    old = idle[: len(idle) - KEPT_RESTS + 1] if len(idle) > KEPT_RESTS else ()
    if old:
        yield Rest(old[-1].since, sum(rest.machines for rest in old))
    yield from idle[len(old) :]


def _word(rest: Rest, now: datetime) -> str:
    age = _seconds(now - rest.since)
    return f"{age}*{rest.machines}" if rest.machines > 1 else str(age)


def _text(kept: Sequence[int]) -> str:
    return " ".join(map(str, kept[-KEPT_GAPS:]))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _seconds(length: timedelta) -> int:
    return int(max(timedelta(0), min(length, LONGEST)).total_seconds())
