"""How often the poller looks within its minute."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.core.seen import Snapshot
from autoscaler.hosts.pace import ticks
from autoscaler.services.poll import Tick

SECOND = timedelta(seconds=1)


class Minute:
    """Ticks that take `takes`; `busy` tells of each whether something is on its way."""

    def __init__(
        self, busy: Iterator[bool], *, takes: timedelta = SECOND, skipped: str = ""
    ) -> None:
        self.clock = FixedClock()
        self.began: list[float] = []
        self._start = self.clock.now()
        self._busy = busy
        self._takes = takes
        self._skipped = skipped

    def tick(self) -> Tick:
        now: datetime = self.clock.now()
        self.began.append((now - self._start).total_seconds())
        self.clock.advance(self._takes)
        busy = next(self._busy)
        skipped = self._skipped if busy else ""
        return Tick(at=now, seen=Snapshot(now=now), living=busy and not skipped, skipped=skipped)

    def wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.clock.advance(timedelta(seconds=seconds))

    def play(self) -> list[float]:
        """When each tick began."""
        list(ticks(self.tick, self.clock, self.wait))
        return self.began


def always() -> Iterator[bool]:
    while True:
        yield True


def test_an_idle_minute_has_one_tick_and_waits_for_nothing() -> None:
    minute = Minute(iter([False]))
    assert minute.play() == [0]
    assert minute.clock.now() == FixedClock().now() + SECOND


def test_a_busy_minute_has_a_tick_every_ten_seconds_and_leaves_the_next_minute_alone() -> None:
    assert Minute(always()).play() == [0, 10, 20, 30, 40, 50]


def test_it_ends_with_the_tick_that_finds_no_machine() -> None:
    assert Minute(iter([True, True, False])).play() == [0, 10, 20]


@pytest.mark.parametrize(
    ("takes", "began"),
    [
        pytest.param(10, [0, 10, 20, 30, 40, 50], id="just in time"),
        pytest.param(11, [0, 20, 40], id="what is missed is not made up for"),
        pytest.param(45, [0, 50], id="a slow one"),
        pytest.param(51, [0], id="no minute is long enough for two"),
    ],
)
def test_slow_ticks_make_no_backlog(takes: int, began: list[float]) -> None:
    assert Minute(always(), takes=takes * SECOND).play() == began


def test_where_another_planner_is_at_work_it_looks_again_later() -> None:
    assert Minute(iter([True, True, False]), skipped="another").play() == [0, 10, 20]
