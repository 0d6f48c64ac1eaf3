"""Virtual time: what is due next happens now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from heapq import heappop, heappush

Act = Callable[[], object]


class Hub:
    """The Clock of a run, and the Time of its world. What is due at once happens in its order."""

    def __init__(self, start: datetime) -> None:
        self.at = 0.0
        self._start = start
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
        self.at_time(self.at + delay, act)

    def at_time(self, at: float, act: Act) -> None:
        """Call `act` at exactly this second."""
        self._count += 1
        heappush(self._due, (at, self._count, act))

    @contextmanager
    def as_of(self, at: float) -> Iterator[None]:
        """Inside, it is that time, and nothing has happened until then."""
        before, self.at = self.at, at
        yield
        self.at = before

    @property
    def next_at(self) -> float | None:
        """When something is due next; None when nothing ever is."""
        return self._due[0][0] if self._due else None

    def run(self, until: float) -> None:
        """Let time pass, and everything happen that is due by then."""
        due = self._due
        while due and due[0][0] <= until:
            self.at, _, act = heappop(due)
            act()
        self.at = until
