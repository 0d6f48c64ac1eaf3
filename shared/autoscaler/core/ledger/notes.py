"""What people read of ticks, and of what happened."""

from datetime import datetime
from typing import Literal

from autoscaler.core.decisions import Verdict
from autoscaler.core.fleet import OnShutdown
from autoscaler.core.ledger.base import BaseRow
from autoscaler.core.value import Value


class QueueSeen(Value):
    """A queue, by the name or id that the operator wrote, as a tick saw it."""

    queue: str
    waiting: int
    oldest: datetime | None = None
    paused: bool = False


class DecisionRow(BaseRow):
    """The last tick of one autoscaler: what it saw, did, and did not do, and why.

    `queues` are those that exist; none is named when ClearML could not be read. `on_shutdown` is
    what the operator wanted last: it outlives the autoscaler's section in the configuration.
    """

    kind: Literal["decision"] = "decision"
    at: datetime
    gen: int
    waiting: int
    oldest: datetime | None
    idle: int
    booting: int
    busy: int
    draining: int
    live: int
    max: int | None
    on_shutdown: OnShutdown = "idle"
    queues: tuple[QueueSeen, ...] = ()
    did: tuple[Verdict, ...]
    did_not: tuple[Verdict, ...]


class Event(BaseRow):
    """One thing that happened, kept in the history: a move of a row or an act of a person."""

    kind: Literal["event"] = "event"
    at: datetime
    autoscaler: str
    subject: str
    event: str
    reason: str
    by: str
