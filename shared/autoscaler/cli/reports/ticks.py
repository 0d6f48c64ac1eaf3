"""When the last tick was, and whether somebody should worry about it."""

from datetime import datetime, timedelta

_LATE = timedelta(seconds=30)


def is_old(last: datetime | None, now: datetime, interval: timedelta) -> bool:
    """Two ticks and a while have passed without one."""
    return last is not None and now - last > 2 * interval + _LATE
