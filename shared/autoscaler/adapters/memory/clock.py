"""A clock that stands still until it is told otherwise."""

from datetime import UTC, datetime, timedelta


class FixedClock:
    """The Clock port; `advance` moves it."""

    def __init__(self, at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by
