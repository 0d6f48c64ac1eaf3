"""What is learned of gaps and boots, and what is written of it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.core.memory import (
    KEPT_BOOTS,
    KEPT_GAPS,
    KEPT_RESTS,
    Boot,
    Memory,
    Rest,
    begun,
    booted,
    gaps_by_level,
    needed_lately,
    numbers,
    rests,
    worked,
)
from tests.core.make import NOW, ago, minutes, seconds

Levels = Sequence[tuple[float, int]]  # after so many seconds, so many machines have work
levels = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 50)), max_size=120)
quick = settings(max_examples=60, deadline=None, derandomize=True)


def after(*steps: tuple[float, int]) -> Memory:
    """A memory that begins with no machine at work, an hour ago."""
    memory = begun(0, (), ago(60))
    for second, machines in steps:
        memory = worked(memory, machines, ago(60) + seconds(second))
    return memory


@pytest.mark.parametrize(
    ("steps", "gaps", "idle"),
    [
        pytest.param([(0, 1)], "", "", id="the first work ends no gap"),
        pytest.param([(0, 1), (60, 0)], "", "0", id="a machine falls idle"),
        pytest.param([(0, 1), (60, 0), (100, 1)], "40", "", id="and is needed again"),
        pytest.param([(0, 1), (60, 0), (100, 2)], "40", "", id="with another that is new"),
        pytest.param([(0, 3), (60, 0)], "", "0*3", id="three at once"),
        pytest.param(
            [(0, 3), (60, 1), (90, 0), (120, 2)],
            "30 60",
            "60",
            id="who fell idle last is needed first",
        ),
        pytest.param(
            [(0, 3), (60, 2), (90, 1), (120, 0)], "", "60 30 0", id="one after the other"
        ),
        pytest.param(
            [(0, 1), (60, 0), (3000, 1)],
            "2940",
            "",
            id="a machine that was stopped long ago still has a gap",
        ),
        pytest.param([(0, 2), (60.9, 1), (121.1, 2)], "61", "", id="whole seconds"),
        pytest.param([(0, 1), (60, 0), (50, 1)], "0", "", id="a clock that goes back"),
    ],
)
def test_gaps(steps: Levels, gaps: str, idle: str) -> None:
    memory = after(*steps)
    assert (memory.gaps, memory.idle) == (gaps, idle)
    assert memory.machines == steps[-1][1]


def test_what_is_no_news_changes_nothing() -> None:
    memory = after((0, 2), (60, 1))
    assert worked(memory, 1, NOW) is memory
    assert booted(memory, [], NOW) is memory


def test_a_new_memory_knows_the_machines_that_are_idle() -> None:
    memory = begun(2, [ago(1), ago(5), ago(1)], NOW)
    assert (memory.machines, memory.idle, memory.gaps, memory.boots) == (2, "300 60*2", "", "")
    assert worked(memory, 4, NOW + seconds(30)).gaps == "90 90"


def test_ages_go_on_from_when_they_were_written() -> None:
    memory = begun(1, [ago(10)], ago(5))
    assert memory.idle == "300"
    assert worked(memory, 0, NOW).idle == "600 0"


@pytest.mark.parametrize(
    ("within", "needed"),
    [
        pytest.param(0, 0, id="at this moment none"),
        pytest.param(60, 0, id="a minute ago is not within a minute"),
        pytest.param(61, 2, id="two a minute ago"),
        pytest.param(9999, 3, id="all"),
    ],
)
def test_how_many_more_were_needed_lately(within: float, needed: int) -> None:
    memory = begun(0, [ago(1), ago(1), ago(20)], NOW)
    assert needed_lately(memory, lambda _, idle: idle < seconds(within), NOW) == needed


def test_each_machine_is_needed_within_a_limit_of_its_own() -> None:
    """Two have work; the third had a minute ago, the fourth and fifth 20 minutes ago."""
    memory = begun(2, [ago(1), ago(20), ago(20)], NOW)
    limits = {3: 61, 4: 1200, 5: 1201}
    assert needed_lately(memory, lambda level, idle: idle < seconds(limits[level]), NOW) == 2


@pytest.mark.parametrize(
    ("steps", "known"),
    [
        pytest.param([(0, 1), (60, 0), (100, 1)], {1: [40]}, id="the only one"),
        pytest.param([(0, 3), (60, 1), (90, 0), (120, 2)], {1: [30], 2: [60]}, id="two at once"),
        pytest.param([(0, 3), (60, 0), (90, 3)], {1: [30], 2: [30], 3: [30]}, id="three at once"),
        pytest.param(
            [(0, 2), (60, 1), (90, 2), (100, 0), (150, 1)],
            {1: [50], 2: [30]},
            id="the first level's first",
        ),
    ],
)
def test_a_gap_is_that_of_a_level(steps: Levels, known: dict[int, list[int]]) -> None:
    found = gaps_by_level(after(*steps))
    assert found == known
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("gaps", "levels", "known"),
    [
        pytest.param("", "", {}, id="nothing"),
        pytest.param("5 6", "", {}, id="levels that nobody wrote"),
        pytest.param("5 6 7", "1 2", {1: [6], 2: [7]}, id="the latest that both know"),
        pytest.param("7", "3 4", {4: [7]}, id="too many levels"),
    ],
)
def test_gaps_whose_level_is_not_known_are_left_out(
    gaps: str, levels: str, known: dict[int, list[int]]
) -> None:
    assert gaps_by_level(Memory(at=NOW, gaps=gaps, levels=levels)) == known


def boot(at: float, took: float) -> Boot:
    return Boot(ago(60) + seconds(at), seconds(took))


def test_each_boot_is_learned_once_the_latest_last() -> None:
    first = booted(after(), [boot(200, 90), boot(100, 80)], NOW)
    assert (first.boots, first.booted) == ("80 90", boot(200, 90).at)
    again = booted(first, [boot(100, 80), boot(200, 90), boot(300, 70.9)], NOW)
    assert again.boots == "80 90 70"
    assert booted(again, [boot(300, 70)], NOW) is again


def test_a_boot_leaves_what_is_idle_as_it_is() -> None:
    memory = booted(begun(0, [ago(10)], ago(5)), [boot(0, 80)], NOW)
    assert (memory.idle, rests(memory)) == ("600", [Rest(ago(10), 1)])


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("12 45", [12, 45], id="numbers"),
        pytest.param("12  x -4 1.5 45", [12, 45], id="what is no number is forgotten"),
        pytest.param("1" * 30, [], id="nor is what no machine can have taught"),
        pytest.param("٣ 45", [45], id="nor digits of other scripts"),
    ],
)
def test_a_row_that_a_person_changed_is_read_as_far_as_it_can_be(
    text: str, known: list[int]
) -> None:
    assert numbers(text) == known
    assert [NOW - rest.since for rest in rests(Memory(at=NOW, idle=text))] == [
        seconds(number) for number in known
    ]


@quick
@given(levels)
def test_the_memory_is_bounded_and_stays_what_it_says(steps: list[tuple[int, int]]) -> None:
    at, memory = ago(60), begun(0, (), ago(60))
    for wait, machines in steps:
        at += seconds(wait)
        memory = worked(memory, machines, at)
        memory = booted(memory, [Boot(at, seconds(wait))], at)
        idle = rests(memory)
        assert len(idle) <= KEPT_RESTS
        assert idle == sorted(idle)
        assert all(rest.machines > 0 and rest.since <= at for rest in idle)
        assert memory.machines + sum(rest.machines for rest in idle) <= 50
    assert len(numbers(memory.gaps)) == len(numbers(memory.levels)) <= KEPT_GAPS
    assert len(numbers(memory.boots)) <= KEPT_BOOTS
    assert len(memory.idle + memory.gaps + memory.levels + memory.boots) <= 2500
    assert Memory.model_validate_json(memory.model_dump_json()) == memory


@quick
@given(levels)
def test_every_gap_is_as_long_as_its_level_was_without_work(steps: list[tuple[int, int]]) -> None:
    """Each level by itself, as a clock that starts when it falls idle: the definition."""
    at, memory, busy = ago(60), begun(0, (), ago(60)), 0
    fell: dict[int, int] = {}
    second, found, known = 0, [], []
    for wait, machines in steps[: KEPT_RESTS - 1]:
        at, second = at + seconds(wait), second + wait
        memory = worked(memory, machines, at)
        fell |= dict.fromkeys(range(machines, busy), second)
        again = [level for level in range(busy, machines) if level in fell]
        found += [second - fell.pop(level) for level in again]
        known += [level + 1 for level in again]
        busy = machines
    assert numbers(memory.gaps) == [min(gap, 86_400) for gap in found][-KEPT_GAPS:]
    assert numbers(memory.levels) == known[-KEPT_GAPS:]


def test_what_was_idle_long_ago_is_one_once_there_is_too_much_of_it() -> None:
    fallen = [(minute * 60.0, 100 - minute) for minute in range(KEPT_RESTS + 2)]
    idle = rests(after(*fallen))
    assert len(idle) == KEPT_RESTS
    assert idle[0].machines == 2
    assert idle[-1] == Rest(ago(60) + minutes(KEPT_RESTS + 1), 1)


def test_a_gap_is_a_day_at_most() -> None:
    memory = worked(begun(0, [NOW - timedelta(days=400)], NOW), 1, NOW)
    assert memory.gaps == "86400"
