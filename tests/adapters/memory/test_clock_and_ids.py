"""Time and ids that a test can foretell."""

from datetime import UTC, datetime, timedelta

from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.ids import SequenceIds
from autoscaler.ports import Clock, Ids


def test_the_clock_moves_only_when_it_is_advanced() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    moved = FixedClock(start)
    clock: Clock = moved
    assert clock.now() == clock.now() == start
    moved.advance(timedelta(seconds=90))
    assert clock.now() == start + timedelta(seconds=90)


def test_ids_have_26_characters_and_sort_by_age() -> None:
    ids: Ids = SequenceIds()
    made = [ids.new() for _ in range(11)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {26}
