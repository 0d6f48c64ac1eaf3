"""Virtual time: what is due next happens now; functions are greenlets that wait for their turn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush

from greenlet import getcurrent, greenlet

Act = Callable[[], object]


class Hub:
    """The Clock of a run, and the Time of its world."""

    def __init__(self, start: datetime) -> None:
        self.at = 0.0
        self.main: greenlet = getcurrent()
        self._start = start
        self._until = 0.0
        self._due: list[tuple[float, int, Act]] = []
        self._count = 0
        self._now = (0.0, start)

    def now(self) -> datetime:
        if self._now[0] != self.at:
            self._now = (self.at, self._start + timedelta(seconds=self.at))
        return self._now[1]

    def date(self, after: float) -> datetime:
        """So many seconds from now."""
        return self.now() + timedelta(seconds=after)

    def later(self, delay: float, act: Act) -> None:
        self._count += 1
        heappush(self._due, (self.at + delay, self._count, act))

    def sleep(self, delay: float) -> None:
        """Let a function's time pass. When nothing else is due, nobody else need take a turn."""
        wake = self.at + delay
        if wake <= self._until and not (self._due and self._due[0][0] <= wake):
            self.at = wake
            return
        self.later(delay, getcurrent().switch)
        self.main.switch()

    def run(self, until: float) -> None:
        self._until = until
        due = self._due
        while due and due[0][0] <= until:
            self.at, _, act = heappop(due)
            act()
        self.at = until
