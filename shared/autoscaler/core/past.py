"""The history: when what it keeps came to its end, whom it is about, what one commit may hold."""

from collections.abc import Sequence
from datetime import datetime

from autoscaler.core.ledger import BaseRow, Event, Instance, Past


def recorded_at(row: Past) -> datetime:
    """When what the history keeps came to its end; the history is in this order."""
    if isinstance(row, Event):
        return row.at
    if isinstance(row, Instance):
        return row.gone_at or row.moved_at
    return row.closed_at or row.requested_at


def subject(row: Past) -> str:
    """Whom a row of the history is about."""
    return row.subject if isinstance(row, Event) else row.key


def check_size(limit: int, rows: Sequence[BaseRow], record: Sequence[BaseRow]) -> None:
    """Raise ValueError for a commit of more than `limit` rows, or one that names a row twice."""
    if len(rows) + len(record) > limit:
        raise ValueError(f"{len(rows) + len(record)} rows in a commit of at most {limit}")
    for group in (rows, record):
        if len({row.ref for row in group}) < len(group):
            raise ValueError("one commit names a row twice")
