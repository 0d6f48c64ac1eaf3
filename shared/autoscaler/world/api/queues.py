"""The `queues` service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from autoscaler.world.api import listing
from autoscaler.world.api.documents import (
    entry_document,
    queue_document,
    queue_document_ex,
)
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.api.listing import Listing, Strings
from autoscaler.world.clearml import Queue, RefusedError, errors

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document


class GetAll(Listing):
    max_task_entries: int | None = None


class MetadataItem(BaseModel):
    key: str
    type: str | None = None
    value: str | None = None


class Create(Body):
    name: str
    display_name: str | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None
    metadata: dict[str, MetadataItem] | None = None


class Named(Body):
    queue: str


class GetById(Named):
    max_task_entries: int | None = None


class Update(Named):
    name: str | None = None
    display_name: str | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None
    metadata: dict[str, MetadataItem] | None = None


class Delete(Named):
    force: bool | None = False


class NextTask(Named):
    get_task_info: bool | None = False
    task: str | None = None


class Member(Named):
    task: str


class Step(Member):
    count: int | None = 1


class Metadata(Named):
    metadata: list[MetadataItem]
    replace_metadata: bool | None = False


class Metrics(Body):
    from_date: float
    to_date: float
    interval: int
    queue_ids: Strings | None = None


def get_all(call: Call, body: GetAll) -> Document:
    return listing.answer(
        body,
        "queues",
        _found(call, body),
        lambda queue: queue_document(queue, max_entries=body.max_task_entries),
    )


def get_all_ex(call: Call, body: GetAll) -> Document:
    return listing.answer(
        body, "queues", _found(call, body), lambda queue: queue_document_ex(call.world, queue)
    )


def get_by_id(call: Call, body: GetById) -> Document:
    """With a limit of entries the server shows little else; so do we."""
    queue = call.world.queues.get(body.queue)
    if body.max_task_entries is None:
        return {"queue": queue_document(queue)}
    entries = [entry_document(entry) for entry in queue.entries[: body.max_task_entries]]
    bare: Document = {"tags": [], "system_tags": [], "metadata": {}}
    return {"queue": {"id": queue.id, "entries": entries, **bare}}


def get_num_entries(call: Call, body: Named) -> Document:
    return {"num": len(_by_queue_id(call, body.queue).entries)}


def peek_task(call: Call, body: Named) -> Document:
    entries = _by_queue_id(call, body.queue).entries
    return {"task": entries[0].task if entries else None}


def create(call: Call, body: Create) -> Document:
    queue = call.world.queues.create(
        body.name,
        display_name=body.display_name,
        tags=body.tags or (),
        system_tags=body.system_tags or (),
        metadata=_metadata(body.metadata),
    )
    return {"id": queue.id}


def update(call: Call, body: Update) -> Document:
    changed = body.model_dump(exclude={"queue"}, exclude_unset=True)
    call.world.queues.update(body.queue, **changed)
    return {"updated": 1, "fields": changed}


def delete(call: Call, body: Delete) -> Document:
    call.world.queues.delete(body.queue, force=bool(body.force))
    return {"deleted": 1}


def get_next_task(call: Call, body: NextTask) -> Document:
    entry = call.world.queues.pop(body.queue, task=body.task)
    if entry is None:
        return {}
    answer: Document = {"entry": entry_document(entry)}
    task = call.world.tasks.find(entry.task)
    if body.get_task_info and task:
        answer["task_info"] = {"company": task.company, "user": task.user}
    return answer


def add_task(call: Call, body: Member) -> Document:
    call.world.tasks.get(body.task)
    call.world.queues.add(body.queue, body.task)
    return {"added": 1}


def remove_task(call: Call, body: Member) -> Document:
    call.world.queues.remove(body.queue, body.task)
    return {"removed": 1}


def clear_queue(call: Call, body: Named) -> Document:
    """Every task of the queue returns to where it came from."""
    removed = [entry.task for entry in call.world.queues.get(body.queue).entries]
    for task in removed:
        call.world.tasks.dequeue(task)
    call.world.queues.clear(body.queue)
    return {"removed_tasks": removed}


def move_task_to_front(call: Call, body: Member) -> Document:
    return {"position": call.world.queues.move_to(body.queue, body.task, 0)}


def move_task_to_back(call: Call, body: Member) -> Document:
    last = len(call.world.queues.get(body.queue).entries)
    return {"position": call.world.queues.move_to(body.queue, body.task, last)}


def move_task_forward(call: Call, body: Step) -> Document:
    return _moved_by(call, body, -(body.count or 1))


def move_task_backward(call: Call, body: Step) -> Document:
    return _moved_by(call, body, body.count or 1)


def add_or_update_metadata(call: Call, body: Metadata) -> Document:
    queue = call.world.queues.get(body.queue)
    kept = {} if body.replace_metadata else dict(queue.metadata)
    new = {item.key: item.model_dump(exclude_none=True) for item in body.metadata}
    call.world.queues.update(body.queue, metadata={**kept, **new})
    return {"updated": 1}


def get_queue_metrics(_call: Call, _body: Metrics) -> Document:
    """A server without any metrics answers so, and this world keeps none."""
    raise RefusedError(500, 0, "'dates'")


def _found(call: Call, body: GetAll) -> list[Queue]:
    if body.name is None:
        queues = call.world.queues.all(hidden=body.shows_hidden())
    else:
        queues = call.world.queues.named_like(body.name)
    return [queue for queue in queues if listing.wanted(queue, body)]


def _by_queue_id(call: Call, queue_id: str) -> Queue:
    return call.world.queues.get(queue_id, errors.invalid_queue(queue_id=queue_id))


def _moved_by(call: Call, body: Step, steps: int) -> Document:
    queue = call.world.queues.get(body.queue)
    current = queue.position(body.task) or 0
    return {"position": call.world.queues.move_to(body.queue, body.task, current + steps)}


def _metadata(items: dict[str, MetadataItem] | None) -> dict[str, dict[str, Any]] | None:
    if items is None:
        return None
    return {name: item.model_dump(exclude_none=True) for name, item in items.items()}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("queues.get_all", "2.4", GetAll, get_all),
    Endpoint("queues.get_all_ex", "2.4", GetAll, get_all_ex),
    Endpoint("queues.get_by_id", "2.4", GetById, get_by_id),
    Endpoint("queues.get_num_entries", "2.15", Named, get_num_entries),
    Endpoint("queues.peek_task", "2.15", Named, peek_task),
    Endpoint("queues.create", "2.4", Create, create),
    Endpoint("queues.update", "2.4", Update, update),
    Endpoint("queues.delete", "2.4", Delete, delete),
    Endpoint("queues.get_next_task", "1.0", NextTask, get_next_task),
    Endpoint("queues.add_task", "2.4", Member, add_task),
    Endpoint("queues.remove_task", "2.4", Member, remove_task),
    Endpoint("queues.clear_queue", "2.31", Named, clear_queue),
    Endpoint("queues.move_task_to_front", "2.4", Member, move_task_to_front),
    Endpoint("queues.move_task_to_back", "2.4", Member, move_task_to_back),
    Endpoint("queues.move_task_forward", "2.4", Step, move_task_forward),
    Endpoint("queues.move_task_backward", "2.4", Step, move_task_backward),
    Endpoint("queues.add_or_update_metadata", "2.13", Metadata, add_or_update_metadata),
    Endpoint("queues.get_queue_metrics", "2.4", Metrics, get_queue_metrics),
)
