"""The port Tasks over the ClearML API."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.envelope import RejectedError
from autoscaler.adapters.clearml.listing import PAGE, pages
from autoscaler.core.seen import Task


class _Execution(BaseModel):
    queue: str | None = None


class _Task(BaseModel):
    id: str
    status: str
    status_reason: str | None = None
    status_changed: datetime | None = None
    last_worker: str | None = None
    last_worker_report: datetime | None = None
    last_update: datetime | None = None
    execution: _Execution = _Execution()


class _Entry(BaseModel):
    task: str


class _Queue(BaseModel):
    id: str
    entries: tuple[_Entry, ...]


_TASKS = TypeAdapter(tuple[_Task, ...])
_QUEUES = TypeAdapter(tuple[_Queue, ...])
_FIELDS = [
    *("id", "status", "status_reason", "status_changed", "execution.queue"),
    *("last_worker", "last_worker_report", "last_update"),
]
_NO_QUEUE, _NOT_IN_QUEUE, _QUEUED_ALREADY = 701, 703, 706


class ClearmlTasks:
    """The port Tasks. Filters of an older server may let more through: all is filtered again."""

    def __init__(self, client: ClearmlClient) -> None:
        self._client = client

    def held_by(self, workers: Collection[str]) -> Sequence[Task]:
        if not workers:
            return ()
        running = self._tasks("in_progress", {"only_fields": _FIELDS})
        return [_seen(task, waiting=False) for task in running if task.last_worker in workers]

    def unreported(self, queue_ids: Collection[str]) -> Sequence[str]:
        """Read the tasks before the queues: one popped in between counts as popped."""
        if not queue_ids:
            return ()
        ids = sorted(queue_ids)
        fields = ["id", "status", "execution.queue"]
        query = {"execution.queue": ids, "only_fields": fields}
        queued = [t.id for t in self._tasks("queued", query) if t.execution.queue in queue_ids]
        if not queued:
            return ()
        listed = set(self._entries(ids))
        return [task for task in queued if task not in listed]

    def read(self, ids: Collection[str]) -> Sequence[Task]:
        found: list[_Task] = []
        wanted = sorted(ids)
        for start in range(0, len(wanted), PAGE):
            some = wanted[start : start + PAGE]
            query = {"id": some, "only_fields": _FIELDS, "search_hidden": True}
            for batch in pages(self._client, "tasks.get_all", query, _TASKS):
                found += [task for task in batch if task.id in ids]
        queues = {t.execution.queue for t in found if t.status == "queued" and t.execution.queue}
        listed = set(self._entries(sorted(queues)))
        return [_seen(task, waiting=task.id in listed) for task in found]

    def stop(self, task: str, reason: str) -> None:
        self._client.call("tasks.stopped", {"task": task, "force": True, "status_reason": reason})

    def enqueue(self, task: str, queue_id: str, reason: str) -> bool:
        place = {"task": task, "queue": queue_id}
        said = {**place, "status_reason": reason}
        try:
            self._call_unless("tasks.enqueue", said, fine={_QUEUED_ALREADY})
            self._call_unless("queues.move_task_to_front", place, fine={_NOT_IN_QUEUE})
        except RejectedError as error:
            if error.subcode == _NO_QUEUE:
                return False
            raise
        return True

    def reset(self, task: str) -> None:
        self._client.call("tasks.reset", {"task": task, "force": True})

    def fail(self, task: str, reason: str) -> None:
        self._client.call("tasks.failed", {"task": task, "force": True, "status_reason": reason})

    def _call_unless(self, endpoint: str, body: Mapping[str, Any], *, fine: set[int]) -> None:
        try:
            self._client.call(endpoint, body)
        except RejectedError as error:
            if error.subcode not in fine:
                raise

    def _tasks(self, status: str, query: Mapping[str, Any]) -> Iterator[_Task]:
        asked = {**query, "status": [status], "search_hidden": True}
        for batch in pages(self._client, "tasks.get_all", asked, _TASKS):
            yield from (task for task in batch if task.status == status)

    def _entries(self, queue_ids: Sequence[str]) -> Iterator[str]:
        for start in range(0, len(queue_ids), PAGE):
            some = queue_ids[start : start + PAGE]
            query = {"id": some, "only_fields": ["id", "entries"], "search_hidden": True}
            for batch in pages(self._client, "queues.get_all", query, _QUEUES):
                yield from (entry.task for queue in batch for entry in queue.entries)


def _seen(task: _Task, *, waiting: bool) -> Task:
    return Task(
        id=task.id,
        status=task.status,
        reason=task.status_reason or "",
        queue=task.execution.queue or "",
        worker=task.last_worker or "",
        waiting=waiting,
        changed=task.status_changed,
        reported=task.last_worker_report or task.last_update,
    )
