"""Queues: named lists of task ids. A queue knows nothing of what state its tasks are in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import Clock, Document, Entry, NewId, Queue

if TYPE_CHECKING:
    from autoscaler.world.clearml.errors import RefusedError

SHORTEST_NAME = 3
HIDDEN_SYSTEM_TAG = "k8s-glue"
DEFAULT_SYSTEM_TAG = "default"


class Queues:
    """Methods take ids; every one but `find` and `all` raises RefusedError 701 on a wrong one."""

    def __init__(self, *, company: str, now: Clock, new_id: NewId) -> None:
        self._company = company
        self._now = now
        self._new_id = new_id
        self._queues: dict[str, Queue] = {}

    def create(
        self,
        name: str,
        *,
        tags: Iterable[str] = (),
        system_tags: Iterable[str] = (),
        metadata: Mapping[str, Document] | None = None,
        display_name: str | None = None,
    ) -> Queue:
        """Raise RefusedError 800 for a short name and 801 for one that exists."""
        self._check_name(name)
        now = self._now()
        queue = Queue(
            id=self._new_id(),
            name=name,
            company=self._company,
            created=now,
            last_update=now,
            display_name=display_name,
            tags=tuple(tags),
            system_tags=tuple(system_tags),
            metadata=dict(metadata or {}),
        )
        self._queues[queue.id] = queue
        return queue

    def get(self, queue_id: str, refusal: RefusedError | None = None) -> Queue:
        queue = self._queues.get(queue_id)
        if queue is None:
            raise refusal or errors.invalid_queue(id=queue_id, company=self._company)
        return queue

    def find(self, name: str) -> Queue | None:
        return next((queue for queue in self._queues.values() if queue.name == name), None)

    def default(self) -> Queue:
        for queue in self._queues.values():
            if DEFAULT_SYSTEM_TAG in queue.system_tags:
                return queue
        raise errors.invalid_queue(id=DEFAULT_SYSTEM_TAG, company=self._company)

    def all(self, *, hidden: bool = True) -> list[Queue]:
        return [
            queue
            for queue in self._queues.values()
            if hidden or HIDDEN_SYSTEM_TAG not in queue.system_tags
        ]

    def named_like(self, pattern: str) -> list[Queue]:
        """Raise RefusedError 21 when the pattern is no regular expression."""
        try:
            regex = re.compile(pattern)
        except re.error as problem:
            raise errors.malformed_regex(str(problem)) from problem
        return [queue for queue in self._queues.values() if regex.search(queue.name)]

    def update(
        self,
        queue_id: str,
        *,
        name: str | None = None,
        display_name: str | None = None,
        tags: Iterable[str] | None = None,
        system_tags: Iterable[str] | None = None,
        metadata: Mapping[str, Document] | None = None,
    ) -> Queue:
        """Change what is not None."""
        queue = self.get(queue_id)
        if name is not None and name != queue.name:
            self._check_name(name)
        return self._store(
            replace(
                queue,
                name=queue.name if name is None else name,
                display_name=queue.display_name if display_name is None else display_name,
                tags=queue.tags if tags is None else tuple(tags),
                system_tags=queue.system_tags if system_tags is None else tuple(system_tags),
                metadata=queue.metadata if metadata is None else dict(metadata),
            )
        )

    def delete(self, queue_id: str, *, force: bool = False) -> None:
        """Raise RefusedError 704 when tasks wait and it is not forced."""
        queue = self.get(queue_id)
        if queue.entries and not force:
            raise errors.queue_not_empty(queue_id)
        del self._queues[queue_id]

    def holding(self, task_id: str) -> list[Queue]:
        return [queue for queue in self._queues.values() if queue.position(task_id) is not None]

    def add(self, queue_id: str, task_id: str) -> None:
        """Raise RefusedError 706 when the task already stands in this queue."""
        queue = self.get(queue_id)
        if queue.position(task_id) is not None:
            raise errors.already_queued(task_id)
        self._line_up(queue, (*queue.entries, Entry(task_id, self._now())))

    def remove(self, queue_id: str, task_id: str) -> None:
        """Raise RefusedError 703 when the task is not there."""
        queue = self.get(queue_id)
        if queue.position(task_id) is None:
            raise errors.task_not_in_queue(task_id, queue_id)
        self._line_up(queue, tuple(e for e in queue.entries if e.task != task_id))

    def clear(self, queue_id: str) -> tuple[Entry, ...]:
        queue = self.get(queue_id)
        self._line_up(queue, ())
        return queue.entries

    def pop(self, queue_id: str, *, task: str | None = None) -> Entry | None:
        """Take the first entry; with `task`, only when that task is the first."""
        queue = self.get(queue_id)
        if not queue.entries or (task is not None and queue.entries[0].task != task):
            return None
        self._line_up(queue, queue.entries[1:])
        return queue.entries[0]

    def move_to(self, queue_id: str, task_id: str, position: int) -> int:
        """Return the new position, which is kept within the queue."""
        queue = self.get(queue_id)
        current = queue.position(task_id)
        if current is None:
            raise errors.task_not_in_queue(task_id, queue_id)
        others = [*queue.entries[:current], *queue.entries[current + 1 :]]
        new = max(0, min(position, len(others)))
        others.insert(new, queue.entries[current])
        self._line_up(queue, tuple(others))
        return new

    def _check_name(self, name: str) -> None:
        if len(name) < SHORTEST_NAME:
            raise errors.name_too_short("name")
        if self.find(name) is not None:
            raise errors.duplicate_value()

    def _line_up(self, queue: Queue, entries: tuple[Entry, ...]) -> None:
        self._store(replace(queue, entries=entries, last_update=self._now()))

    def _store(self, queue: Queue) -> Queue:
        self._queues[queue.id] = queue
        return queue
