"""Tasks as records: made, read, edited, deleted. Their moves are in `tasks`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import Clock, NewId, Status, Task, User

if TYPE_CHECKING:
    from autoscaler.world.clearml.queues import Queues

FIXED_USER = "__tests__"


class TaskRecords:
    """Every method that takes a task id, but `find`, raises RefusedError 101 on a wrong one."""

    def __init__(self, *, company: str, now: Clock, new_id: NewId, queues: Queues) -> None:
        self._company = company
        self._now = now
        self._new_id = new_id
        self._queues = queues
        self._tasks: dict[str, Task] = {}

    def create(
        self, name: str, *, type: str = "training", user: User | None = None, **fields: Any
    ) -> Task:
        """`fields` are attributes of Task; `sections` holds the rest."""
        now = self._now()
        by = user.id if user else FIXED_USER
        task = Task(
            id=self._new_id(),
            name=name,
            type=type,
            user=by,
            company=self._company,
            created=now,
            last_update=now,
            last_change=now,
            last_changed_by=by,
            status_changed=now,
            **fields,
        )
        return self._store(task)

    def get(self, task_id: str) -> Task:
        task = self._tasks.get(task_id)
        if task is None:
            raise errors.invalid_task(task_id)
        return task

    def find(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)

    def all(self) -> list[Task]:
        return list(self._tasks.values())

    def popped(self) -> list[Task]:
        """Tasks that were taken from their queue by somebody who never said that they started.

        Nobody sees them: they are queued and stand in no queue.
        """
        return [
            task
            for task in self._tasks.values()
            if task.status is Status.QUEUED and not self._queues.holding(task.id)
        ]

    def edit(self, task_id: str, **fields: Any) -> Task:
        """`fields` are attributes of Task; `sections` replaces the sections that it names."""
        task = self.get(task_id)
        sections = {**task.sections, **fields.pop("sections", {})}
        now = self._now()
        return self._store(
            replace(task, **fields, sections=sections, last_update=now, last_change=now)
        )

    def delete(self, task_id: str, *, force: bool = False) -> Task:
        """Raise RefusedError 123 for a task that runs and is not forced."""
        task = self.get(task_id)
        if task.status is Status.IN_PROGRESS and not force:
            raise errors.task_unchangeable(task_id, f"status={task.status}")
        self._leave_queues(task_id)
        return self._tasks.pop(task_id)

    def ping(self, task_id: str) -> None:
        self._store(replace(self.get(task_id), last_update=self._now()))

    def reported(self, task_id: str, *, worker: str) -> None:
        """Note that the worker runs the task now."""
        now = self._now()
        self._store(
            replace(self.get(task_id), last_worker=worker, last_worker_report=now, last_update=now)
        )

    def progressed(self, task_id: str, iteration: int | None) -> None:
        task = self.get(task_id)
        last = max(task.last_iteration, iteration or 0)
        self._store(replace(task, last_iteration=last, last_update=self._now()))

    def _leave_queues(self, task_id: str, *, only: str | None = None) -> int:
        left = [q.id for q in self._queues.holding(task_id) if only in {None, q.id}]
        for queue_id in left:
            self._queues.remove(queue_id, task_id)
        return len(left)

    def _store(self, task: Task) -> Task:
        self._tasks[task.id] = task
        return task
