"""The ledger at work: each accepted write with the event that tells of it."""

from datetime import datetime
from typing import TypeVar

from autoscaler.core.ledger import BaseRow, Event, Instance, Launch, Row
from autoscaler.errors import StaleWriteError
from autoscaler.ports import State

R = TypeVar("R", bound=BaseRow)


class Book:
    """Writes rows over what was read, and records what a person would want to be told."""

    def __init__(self, state: State, by: str) -> None:
        self._state = state
        self._by = by

    def write(self, row: Row, before: Row | None, now: datetime, *also: Row) -> Row | None:
        """Commit the row, its event and `also` together; None when somebody was faster."""
        told = event(row, before, self._by, now)
        try:
            self._state.commit(put=[row, *also], record=[told] if told else [])
        except StaleWriteError:
            return None
        return saved(row)


class Draft(Book):
    """A book that writes nothing and says that every write was accepted: for a preview."""

    def write(self, row: Row, before: Row | None, now: datetime, *also: Row) -> Row | None:
        del before, now, also
        return saved(row)


def saved(row: R) -> R:
    """The row as it stands in the table once its write was accepted."""
    return row.model_copy(update={"revision": row.revision + 1})


def event(row: Row, before: Row | None, by: str, now: datetime) -> Event | None:
    """What the history keeps of a change, or None when nothing worth telling happened."""
    if isinstance(row, Instance):
        was = before if isinstance(before, Instance) else None
        return _told(row, _instance_words(row, was), row.reason, by, now)
    if isinstance(row, Launch):
        old = before if isinstance(before, Launch) else None
        return _told(row, _launch_words(row, old), row.reason, by, now)
    return None


def _instance_words(row: Instance, before: Instance | None) -> str:
    if before is None:
        return row.phase
    if row.phase != before.phase:
        return f"{before.phase} -> {row.phase}"
    return "" if row.reason == before.reason else row.phase


def _launch_words(row: Launch, before: Launch | None) -> str:
    if before is None:
        return f"ordered {row.count}"
    if row.state != before.state:
        return row.state
    others = f" or one of {len(row.also)} others" if row.also else ""
    asked = f"attempt {row.attempt}: {row.offering}{others}"
    return asked if row.attempt != before.attempt else ""


def _told(row: Instance | Launch, words: str, reason: str, by: str, now: datetime) -> Event | None:
    if not words:
        return None
    return Event(
        key=f"{now.isoformat()}#{row.key}#{row.revision}",
        at=now,
        autoscaler=row.autoscaler,
        subject=row.key,
        event=words,
        reason=reason,
        by=by,
    )
