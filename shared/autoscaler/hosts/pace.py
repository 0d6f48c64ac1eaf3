"""How often a function looks within its one minute, while any machine lives."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from autoscaler.ports import Clock
from autoscaler.services.poll import Tick

EVERY: Final = timedelta(seconds=10)
UNTIL: Final = timedelta(seconds=50)
"""No tick begins later than this: the next minute's invocation does the rest."""


def ticks(
    tick: Callable[[], Tick], clock: Clock, wait: Callable[[float], object]
) -> Iterator[Tick]:
    """The first tick, and while any machine lives one more every ten seconds.

    `wait` takes seconds. After a tick that another planner kept from planning there is one more,
    too: that one sees what is. What takes longer than its ten seconds delays nobody else.
    """
    began = clock.now()
    due = began
    while due - began <= UNTIL:
        done = tick()
        yield done
        if not (done.living or done.skipped):
            return
        now = clock.now()
        due += EVERY * max(1, -((due - now) // EVERY))
        if due - began <= UNTIL:
            wait(max(0.0, (due - now).total_seconds()))
