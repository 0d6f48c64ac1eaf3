"""ClearML's nouns. They are frozen: what a caller holds is what was true when it looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Document = dict[str, Any]
Clock = Callable[[], datetime]
NewId = Callable[[], str]

DEFAULT_WORKER_TIMEOUT = timedelta(seconds=600)


class Status(StrEnum):
    CREATED = "created"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    STOPPED = "stopped"
    FAILED = "failed"
    COMPLETED = "completed"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    display_name: str
    company: str
    created: datetime
    role: str = "user"
    fixed: bool = False
    """Named in the server's own configuration: it cannot get further credentials."""


@dataclass(frozen=True, slots=True)
class Entry:
    task: str
    added: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    id: str
    name: str
    company: str
    created: datetime
    last_update: datetime
    display_name: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    metadata: Mapping[str, Document] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    def position(self, task: str) -> int | None:
        """Where the task stands, 0 being the front; None when it does not."""
        return next((i for i, entry in enumerate(self.entries) if entry.task == task), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: str
    name: str
    type: str
    user: str
    company: str
    created: datetime
    last_update: datetime
    last_change: datetime
    last_changed_by: str
    status: Status = Status.CREATED
    status_reason: str = ""
    status_message: str = ""
    status_changed: datetime
    enqueue_status: Status | None = None
    """What a dequeue returns the task to."""
    queue: str | None = None
    """`execution.queue`: where the task was last enqueued. It stays when the task leaves."""
    started: datetime | None = None
    completed: datetime | None = None
    last_worker: str | None = None
    last_worker_report: datetime | None = None
    last_iteration: int = 0
    project: str | None = None
    parent: str | None = None
    comment: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    sections: Mapping[str, Any] = field(default_factory=dict)
    """What the rules never look at: script, container, hyperparams, runtime and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    id: str
    key: str
    user: User
    ip: str
    register_time: datetime
    register_timeout: timedelta = DEFAULT_WORKER_TIMEOUT
    last_activity_time: datetime
    last_report_time: datetime | None = None
    queues: tuple[str, ...] = ()
    queue: str | None = None
    task: str | None = None
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()

    def expires(self) -> datetime:
        return self.last_activity_time + self.register_timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    task: str
    type: str
    time: datetime
    body: Document
