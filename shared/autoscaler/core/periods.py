"""Hours, days and months as a time zone has them."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


class Period(StrEnum):
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Window(NamedTuple):
    """From `start` until just before `end`."""

    start: datetime
    end: datetime

    def shared(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between `start` and `end` lies in the window."""
        return max(timedelta(0), min(end, self.end) - max(start, self.start))


def window(period: Period, at: datetime, timezone: str) -> Window:
    """The hour (of UTC), day or month (of the zone) that `at` lies in, from start to end.

    The windows of a period follow one another without a gap, whatever the clocks do.
    """
    if period == Period.HOUR:
        start = at.replace(minute=0, second=0, microsecond=0)
        return Window(start, start + HOUR)
    zone = ZoneInfo(timezone)
    first = at.astimezone(zone).date()
    after = first + timedelta(days=1)
    if period == Period.MONTH:
        first = first.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
    return Window(_midnight(first, zone), _midnight(after, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
