"""Machines that their cloud is about to take back: what it said, and for how long that counts."""

from datetime import datetime, timedelta

from autoscaler.core.ledger import Instance
from autoscaler.core.lifecycle import HAS_MACHINE

WRONG_AFTER = timedelta(minutes=15)
"""A machine that lives so much longer than was said is not taken back: the notice was wrong."""
SOON = timedelta(hours=1)
"""What is further off is no reason to do without the machine yet."""


def noticed(row: Instance, at: datetime, detail: str, now: datetime) -> Instance:
    """The row with what its cloud said; as it was where that is no news, too old or too early."""
    is_timely = now - WRONG_AFTER < at <= now + SOON
    if row.phase not in HAS_MACHINE or not is_timely or reclaimed(row, now):
        return row
    reason = f"{why(at)} ({detail})" if detail else why(at)
    return row.model_copy(update={"reclaim_at": at, "reason": reason})


def reclaimed(row: Instance, now: datetime) -> bool:
    """Whether its cloud takes the machine back, as far as anybody can still believe it."""
    return row.reclaim_at is not None and now < row.reclaim_at + WRONG_AFTER


def why(at: datetime) -> str:
    return f"its cloud takes it back at {at:%H:%M:%S}"
