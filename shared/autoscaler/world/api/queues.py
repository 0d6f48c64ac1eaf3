"""The `queues` service: queues themselves. Their entries are in `queue_entries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from autoscaler.world.api import listing
from autoscaler.world.api.documents import (
    entry_document,
    queue_document,
    queue_document_ex,
)
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint, Nothing
from autoscaler.world.api.listing import Listing, Strings
from autoscaler.world.clearml import Queue, RefusedError

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


def get_default(call: Call, _body: Nothing) -> Document:
    queue = call.world.queues.default()
    return {"id": queue.id, "name": queue.name}


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


def _metadata(items: dict[str, MetadataItem] | None) -> dict[str, dict[str, Any]] | None:
    if items is None:
        return None
    return {name: item.model_dump(exclude_none=True) for name, item in items.items()}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("queues.get_all", "2.4", GetAll, get_all),
    Endpoint("queues.get_all_ex", "2.4", GetAll, get_all_ex),
    Endpoint("queues.get_by_id", "2.4", GetById, get_by_id),
    Endpoint("queues.get_default", "2.4", Nothing, get_default),
    Endpoint("queues.create", "2.4", Create, create),
    Endpoint("queues.update", "2.4", Update, update),
    Endpoint("queues.delete", "2.4", Delete, delete),
    Endpoint("queues.add_or_update_metadata", "2.13", Metadata, add_or_update_metadata),
    Endpoint("queues.get_queue_metrics", "2.4", Metrics, get_queue_metrics),
)
