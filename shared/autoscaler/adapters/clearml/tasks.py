"""The port Tasks over the ClearML API."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.listing import PAGE, pages


class _Execution(BaseModel):
    queue: str | None = None


class _Task(BaseModel):
    id: str
    status: str
    last_worker: str | None = None
    execution: _Execution = _Execution()


class _Entry(BaseModel):
    task: str


class _Queue(BaseModel):
    id: str
    entries: tuple[_Entry, ...]


_TASKS = TypeAdapter(tuple[_Task, ...])
_QUEUES = TypeAdapter(tuple[_Queue, ...])


class ClearmlTasks:
    """The port Tasks. Filters of an older server may let more through: all is filtered again."""

    def __init__(self, client: ClearmlClient) -> None:
        self._client = client

    def held_by(self, worker: str) -> Sequence[str]:
        return [
            task.id
            for task in self._tasks(
                "in_progress", {"only_fields": ["id", "status", "last_worker"]}
            )
            if task.last_worker == worker
        ]

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
