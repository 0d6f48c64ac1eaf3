"""Nouns as the API shows them. Stored documents keep milliseconds; an absent value has no key."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from autoscaler.world.clearml import Task

if TYPE_CHECKING:
    from collections.abc import Collection

    from autoscaler.world.clearml import ClearML, Entry, Queue, Worker
    from autoscaler.world.clearml.model import Document

_TASK_FIELDS = {field.name for field in fields(Task)} - {"sections", "queue"}


def at_millisecond(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def entry_document(entry: Entry) -> Document:
    return {"task": entry.task, "added": at_millisecond(entry.added)}


def queue_document(queue: Queue, *, max_entries: int | None = None) -> Document:
    return _present(
        {
            "id": queue.id,
            "name": queue.name,
            "display_name": queue.display_name,
            "company": queue.company,
            "created": at_millisecond(queue.created),
            "tags": list(queue.tags),
            "system_tags": list(queue.system_tags),
            "entries": [entry_document(entry) for entry in queue.entries[:max_entries]],
            "last_update": at_millisecond(queue.last_update),
            "metadata": dict(queue.metadata),
        }
    )


def queue_document_ex(world: ClearML, queue: Queue) -> Document:
    """The same with names of tasks, and the workers that watch it."""
    return {
        **queue_document(queue),
        "company": {"id": queue.company},
        "entries": [
            {"task": _named_task(world, entry.task), "added": at_millisecond(entry.added)}
            for entry in queue.entries
        ],
        "workers": [
            _present(
                {
                    "name": worker.id,
                    "ip": worker.ip,
                    "key": worker.key,
                    "task": _named_task(world, worker.task) if worker.task else None,
                }
            )
            for worker in world.workers.watching(queue.id)
        ],
    }


def task_document(task: Task) -> Document:
    shown = {name: getattr(task, name) for name in _TASK_FIELDS}
    times = {k: at_millisecond(v) for k, v in shown.items() if isinstance(v, datetime)}
    execution = {**task.sections.get("execution", {}), "queue": task.queue}
    return {
        "hyperparams": {},
        "configuration": {},
        "runtime": {},
        "script": {},
        "models": {"input": [], "output": []},
        "output": {},
        "last_metrics": {},
        **task.sections,
        **_present({**shown, **times}),
        "execution": _present(execution),
    }


def task_document_ex(world: ClearML, task: Task, asked: Collection[str] = ()) -> Document:
    """The same with references as documents, which name what `asked` names, as `user.name`."""
    queue = next((q for q in world.queues.all() if q.id == task.queue), None)
    names = {
        "company": world.users.company_name,
        "user": world.users.get(task.user).display_name,
        "execution.queue": queue.name if queue else None,
    }

    def reference(field: str, id: str | None) -> Document | None:
        name = names.get(field) if f"{field}.name" in asked else None
        return _present({"id": id, "name": name}) if id else None

    document = task_document(task)
    execution = {**document["execution"], "queue": reference("execution.queue", task.queue)}
    references = {
        "company": reference("company", task.company),
        "user": reference("user", task.user),
        "project": reference("project", task.project),
        "parent": reference("parent", task.parent),
    }
    return {**document, **_present(references), "execution": _present(execution)}


def worker_document(world: ClearML, worker: Worker) -> Document:
    queues = [_watched(world, queue_id) for queue_id in worker.queues]
    task = world.tasks.find(worker.task) if worker.task else None
    current = _watched(world, worker.queue) if worker.queue else None
    return _present(
        {
            "id": worker.id,
            "key": worker.key,
            "ip": worker.ip,
            "user": {"id": worker.user.id, "name": worker.user.name},
            "company": {"id": worker.user.company, "name": world.users.company_name},
            "register_time": worker.register_time,
            "register_timeout": int(worker.register_timeout.total_seconds()),
            "last_activity_time": worker.last_activity_time,
            "last_report_time": worker.last_report_time,
            "queues": queues,
            "queue": current,
            "task": _running(task) if task else None,
            "project": {"id": task.project} if task and task.project else None,
            "tags": list(worker.tags),
            "system_tags": list(worker.system_tags),
        }
    )


def _watched(world: ClearML, queue_id: str) -> Document:
    queue = next((queue for queue in world.queues.all() if queue.id == queue_id), None)
    if queue is None:
        return {"id": queue_id, "num_tasks": 0}
    first = queue.entries[0].task if queue.entries else None
    return _present(
        {
            "id": queue.id,
            "name": queue.name,
            "num_tasks": len(queue.entries),
            "next_task": _named_task(world, first) if first else None,
        }
    )


def _running(task: Task) -> Document:
    seconds = int((task.last_update - (task.started or task.last_update)).total_seconds())
    return {
        "id": task.id,
        "name": task.name,
        "running_time": seconds * 1000,
        "last_iteration": task.last_iteration,
    }


def _named_task(world: ClearML, task_id: str) -> Document:
    task = world.tasks.find(task_id)
    return _present({"id": task_id, "name": task.name if task else None})


def _present(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
