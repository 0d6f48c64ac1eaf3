"""What ran in the past."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import BaseModel, TypeAdapter

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.listing import Time, pages
from autoscaler.core.ran import Ran


class _Execution(BaseModel):
    queue: str | None = None


class _Task(BaseModel):
    id: str
    status: str
    created: Time
    started: Time | None = None
    completed: Time | None = None
    status_changed: Time | None = None
    execution: _Execution = _Execution()


_TASKS = TypeAdapter(tuple[_Task, ...])
_ENDED = ["completed", "published", "stopped", "failed", "closed"]
_FIELDS = [
    *("id", "status", "created", "started", "completed", "status_changed"),
    "execution.queue",
]


def ran_since(client: ClearmlClient, since: datetime) -> Iterator[list[Ran]]:
    """Every task that ended since then and still exists, page by page.

    An older server may let more through: all is filtered again. Raises UnavailableError.
    """
    begin = since.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    query = {
        "status": _ENDED,
        "status_changed": [f">={begin}"],
        "only_fields": _FIELDS,
        "search_hidden": True,
    }
    for batch in pages(client, "tasks.get_all", query, _TASKS):
        ended = [(task, task.completed or task.status_changed) for task in batch]
        yield [
            Ran(
                id=task.id,
                queue=task.execution.queue or "",
                created=task.created,
                started=task.started,
                ended=end,
            )
            for task, end in ended
            if end and end >= since and task.status in _ENDED
        ]
