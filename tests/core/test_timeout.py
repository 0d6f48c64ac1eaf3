"""How long a machine may be idle, from what was learned."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Unavailable
from autoscaler.core.memory import Memory
from autoscaler.core.timeout import (
    SHARES,
    SHORTEST,
    STARTING,
    WAITING,
    Timeout,
    boot_time,
    paid,
    scarcity,
    timeout,
)
from tests.core.make import NOW, minutes, resource, seconds, unavailable

R = resource(offerings=tuple(Offering(type=t) for t in "uvwx"))
some_gaps = st.lists(st.integers(0, 5000), min_size=1, max_size=100)
some_boots = st.lists(st.integers(0, 1800), max_size=20)
idles = st.integers(0, 7200)
quick = settings(max_examples=100, deadline=None, derandomize=True)


def memory(gaps: Sequence[int] = (), boots: Sequence[int] = (), level: int = 1) -> Memory:
    """Of one level."""
    words = (" ".join(map(str, each)) for each in (gaps, [level] * len(gaps), boots))
    return Memory(at=NOW, gaps=next(words), levels=next(words), boots=next(words))


def limit(found: Memory | None, max_idle: float = 9999) -> Timeout:
    return timeout(resource(max_idle=seconds(max_idle)), found, (), NOW)


@pytest.mark.parametrize(
    ("boots", "expected"),
    [
        pytest.param([], 180, id="not known: three minutes"),
        pytest.param([90], 90, id="the only one"),
        pytest.param([40, 10, 30, 20], 30, id="three of four were not longer"),
        pytest.param([50, 40, 10, 30, 20], 40, id="nor four of five"),
        pytest.param([0], 0, id="a process starts at once"),
    ],
)
def test_a_boot(boots: list[int], expected: int) -> None:
    assert boot_time(memory(boots=boots)) == seconds(expected)


def test_nothing_learned_is_as_nothing_remembered() -> None:
    assert limit(None) == limit(memory())
    assert limit(None).boot == seconds(180)


@pytest.mark.parametrize(
    ("refused", "more"),
    [
        pytest.param([], 0, id="all can be had"),
        pytest.param([unavailable(offering="u:on-demand", left=4)], 60, id="one of four"),
        pytest.param([unavailable(offering="u:on-demand", left=4, since=8)], 180, id="for longer"),
        pytest.param(
            [unavailable(offering=f"{t}:on-demand", left=4) for t in "uvwx"], 240, id="none"
        ),
        pytest.param([unavailable(offering="u:on-demand", left=0, since=8)], 0, id="that is over"),
        pytest.param([unavailable("b", "u:on-demand")], 0, id="of another resource"),
        pytest.param(
            [unavailable(offering="u:on-demand", left=4).model_copy(update={"since": None})],
            60,
            id="since when is not known",
        ),
    ],
)
def test_a_boot_takes_longer_while_offerings_say_no(
    refused: list[Unavailable], more: float
) -> None:
    assert scarcity(R, refused, NOW) == seconds(more)
    assert timeout(R, None, refused, NOW).boot == seconds(180 + more)


@pytest.mark.parametrize(
    ("gaps", "boots", "expected", "why"),
    [
        pytest.param([], [], 30, "of 0 gaps: every machine 30 s", id="nothing is known"),
        pytest.param(
            [100],
            [180],
            154,
            "of 1 gaps: machine 1 2 min 34 s, others 30 s",
            id="a short gap may come again",
        ),
        pytest.param(
            [800], [180], 30, "of 1 gaps: every machine 30 s", id="one long one proves little"
        ),
        pytest.param(
            [700] * 30,
            [180],
            770,
            "of 30 gaps: machine 1 12 min 50 s, others 30 s",
            id="thirty that are shorter than breaks even: wait for each",
        ),
        pytest.param(
            [5] * 30,
            [180],
            30,
            "of 30 gaps: every machine 30 s",
            id="it is needed at once: the shortest is enough",
        ),
        pytest.param(
            [5000] * 30,
            [180],
            30,
            "of 30 gaps: every machine 30 s",
            id="it is never needed: the shortest is best",
        ),
        pytest.param(
            [250] * 24 + [5000] * 6,
            [180],
            254,
            "of 30 gaps: machine 1 4 min 14 s, others 30 s",
            id="most gaps are a bit longer than a boot: wait for them",
        ),
    ],
)
def test_the_limit(gaps: list[int], boots: list[int], expected: int, why: str) -> None:
    found = limit(memory(gaps, boots))
    assert (found.limit(1), found.why) == (seconds(expected), why)
    assert found.limit(2) == found.shortest == SHORTEST
    assert found.longest == seconds(expected)
    assert found.break_even == found.boot * (1 + WAITING) + STARTING
    assert found.gaps == len(gaps)


def test_each_level_has_its_own_limit() -> None:
    """The first two and the fifth are needed again soon, the third hardly ever."""
    gaps, levels = "100 100 2000 100 100 100 3000", "1 2 3 5 1 2 3"
    found = limit(Memory(at=NOW, gaps=gaps, levels=levels))
    assert [found.limit(level) for level in range(1, 7)] == [
        seconds(each) for each in (154, 154, 30, 30, 154, 30)
    ]
    assert found.why == "of 7 gaps: machines 1 to 2 2 min 34 s, machine 5 2 min 34 s, others 30 s"


@pytest.mark.parametrize(
    ("gaps", "max_idle", "expected"),
    [
        pytest.param([250] * 30, 200, 30, id="what would pay is longer: the next best"),
        pytest.param([190] * 30, 200, 200, id="as long as it may"),
        pytest.param([], 20, 20, id="less than the shortest, as the operator wants it"),
        pytest.param([5] * 30, 0, 0, id="not at all"),
    ],
)
def test_it_is_never_longer_than_max_idle(gaps: list[int], max_idle: int, expected: int) -> None:
    assert limit(memory(gaps, [180]), max_idle).limit(1) == seconds(expected)


@quick
@given(st.lists(st.integers(0, 5000), max_size=100), some_boots, idles)
def test_it_is_between_the_shortest_and_max_idle(
    gaps: list[int], boots: list[int], most: int
) -> None:
    found = limit(memory(gaps, boots), most)
    assert min(SHORTEST, seconds(most)) <= found.limit(2) <= found.limit(1) <= seconds(most)
    assert limit(memory(gaps, boots), most) == found


@quick
@given(some_gaps, some_boots, idles, st.integers(1, 2), st.integers(-1, 1))
def test_it_waits_until_the_limit(
    gaps: list[int], boots: list[int], most: int, level: int, beside: int
) -> None:
    found = limit(memory(gaps, boots), most)
    for length in (*found.lengths, found.limit(level), seconds(most)):
        idle = length + seconds(beside)
        assert found.waits(level, idle) == (idle < found.limit(level))


@quick
@given(some_gaps, some_boots)
def test_no_other_choice_would_have_been_cheaper_for_the_gaps_that_are_known(
    gaps: list[int], boots: list[int]
) -> None:
    found = limit(memory(gaps, boots))
    least = paid(gaps, found.limit(1), found.break_even)
    for share in SHARES:
        other = max(SHORTEST, timedelta(seconds=round((found.break_even * share).total_seconds())))
        assert least <= paid(gaps, other, found.break_even)


@quick
@given(some_gaps, some_boots)
def test_it_pays_at_most_twice_what_a_clairvoyant_pays(gaps: list[int], boots: list[int]) -> None:
    """Who knows as well that one more gap never ends."""
    found = limit(memory(gaps, boots), 10_000)
    even = found.break_even.total_seconds()
    clairvoyant = sum(min(gap, even) for gap in gaps) + even
    assert paid(gaps, found.limit(1), found.break_even) <= 2 * clairvoyant + 1e-6


@quick
@given(some_gaps, some_boots, st.integers(60, 900))
def test_slower_boots_make_it_dearer_to_stop(gaps: list[int], boots: list[int], boot: int) -> None:
    slower = sorted([*boots, boot])[-20:]
    faster = [max(0, each - 30) for each in slower]
    assert limit(memory(gaps, faster)).break_even <= limit(memory(gaps, slower)).break_even


def test_the_shortest_of_equals_is_taken() -> None:
    """All gaps fit: what is kept longer is kept for nothing."""
    assert limit(memory([61] * 30, [180])).limit(1) == seconds(77)


def test_max_idle_of_a_schedule_free_resource_is_the_cap_by_default() -> None:
    assert timeout(resource(), memory([890] * 30, [440]), (), NOW).limit(1) == minutes(15)
