"""How long to wait before the next try."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def pause(attempt: int, first: float, dice: float) -> float:
    """Seconds after try `attempt` (from 1): twice as long each time, up to half left to chance."""
    return first * 2.0 ** (attempt - 1) * (1 - dice / 2)


def asked_for(retry_after: str | None, now: float) -> float:
    """Seconds until what a Retry-After header says, a number or a date; 0 if it is neither."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return (at - datetime.fromtimestamp(now, UTC)).total_seconds() if at.tzinfo else 0.0
