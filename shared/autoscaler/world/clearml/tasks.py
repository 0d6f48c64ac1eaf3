"""Tasks and their moves. Every move changes everything or, when it raises, nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from autoscaler.world.clearml.lifecycle import check_move
from autoscaler.world.clearml.model import Document, Status, Task
from autoscaler.world.clearml.task_records import FIXED_USER, TaskRecords

WORKER_ALIVE_FOR = timedelta(seconds=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Who asks for a change of status, and what they say about it."""

    by: str = FIXED_USER
    reason: str = ""
    message: str = ""
    force: bool = False


UNSAID = Move()


class Tasks(TaskRecords):
    """A move returns the fields it changed, by ClearML's names.

    It raises RefusedError 110 when the status machine forbids it.
    """

    def enqueue(
        self,
        task_id: str,
        queue_id: str,
        move: Move = UNSAID,
        *,
        update_execution_queue: bool = True,
    ) -> Document:
        """Raise RefusedError 706 when the task stands in that queue, 701 on a wrong queue."""
        task = self.get(task_id)
        check_move(task.status, Status.QUEUED, force=move.force)
        self._queues.add(queue_id, task_id)
        origin = task.enqueue_status if task.status is Status.QUEUED else None
        fields = self._move(task, Status.QUEUED, move, enqueue_status=origin or task.status)
        if update_execution_queue:
            self._store(replace(self.get(task_id), queue=queue_id))
            fields["execution.queue"] = queue_id
        return fields

    def dequeue(
        self,
        task_id: str,
        move: Move = UNSAID,
        *,
        new_status: Status | None = None,
        remove_from_all_queues: bool = False,
    ) -> Document:
        """Return the task to the status it was enqueued from, unless told otherwise.

        A task that is neither queued nor running is left alone: no fields.
        """
        task = self.get(task_id)
        if task.status not in {Status.QUEUED, Status.IN_PROGRESS}:
            return {}
        new = new_status or task.enqueue_status or Status.CREATED
        check_move(task.status, new, force=move.force)
        self._leave_queues(task_id, only=None if remove_from_all_queues else task.queue)
        return self._move(task, new, move, enqueue_status=None)

    def started(self, task_id: str, move: Move = UNSAID) -> Document:
        """Start or, when it already runs, confirm: the first start is the one that is kept."""
        task = self.get(task_id)
        now = self._now()
        fields = self._checked_move(task, Status.IN_PROGRESS, move, started=now)
        self._store(replace(self.get(task_id), started=task.started or now))
        return fields

    def stop(self, task_id: str, move: Move = UNSAID, *, user_name: str = "tests") -> Document:
        """Ask the worker to stop; without one that is known to live, stop the task itself."""
        task = self.get(task_id)
        if task.status is not Status.QUEUED and self._has_live_worker(task):
            return self._checked_move(task, task.status, replace(move, message="stopping"))
        fields = self._checked_move(
            task, Status.STOPPED, replace(move, message=f"Stopped by {user_name}")
        )
        if task.status is Status.QUEUED:
            self._leave_queues(task_id, only=task.queue)
        return fields

    def stopped(self, task_id: str, move: Move = UNSAID) -> Document:
        return self._end(task_id, Status.STOPPED, move)

    def failed(self, task_id: str, move: Move = UNSAID) -> Document:
        return self._end(task_id, Status.FAILED, move)

    def completed(self, task_id: str, move: Move = UNSAID) -> Document:
        return self._end(task_id, Status.COMPLETED, move)

    def reset(self, task_id: str, move: Move = UNSAID) -> tuple[Document, int]:
        """Forget all that was run; also return how many queue entries went."""
        task = self.get(task_id)
        said = replace(move, reason=move.reason or "reset", message=move.message or "reset")
        fields = self._checked_move(task, Status.CREATED, said)
        removed = self._leave_queues(task_id)
        self._store(_as_new(self.get(task_id)))
        return fields, removed

    def _end(self, task_id: str, status: Status, move: Move) -> Document:
        return self._checked_move(self.get(task_id), status, move, completed=self._now())

    def _checked_move(self, task: Task, new: Status, move: Move, **extra: Any) -> Document:
        check_move(task.status, new, force=move.force)
        return self._move(task, new, move, **extra)

    def _move(self, task: Task, new: Status, move: Move, **extra: Any) -> Document:
        now = self._now()
        fields: Document = {
            "status": new,
            "status_reason": move.reason,
            "status_message": move.message,
            "status_changed": now,
            "last_update": now,
            "last_change": now,
            "last_changed_by": move.by,
            **extra,
        }
        self._store(replace(task, **fields))
        return fields

    def _has_live_worker(self, task: Task) -> bool:
        return task.last_worker is not None and self._now() - task.last_update < WORKER_ALIVE_FOR


def _as_new(task: Task) -> Task:
    return replace(
        task,
        enqueue_status=None,
        queue=None,
        started=None,
        completed=None,
        last_worker=None,
        last_worker_report=None,
        last_iteration=0,
        sections={**task.sections, "runtime": {}},
    )
