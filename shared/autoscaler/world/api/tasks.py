"""The `tasks` service: reading and deleting. Writing is in task_edits, moves in task_moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from autoscaler.world.api import listing
from autoscaler.world.api.documents import task_document, task_document_ex
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.api.listing import Listing, Strings, compiled

if TYPE_CHECKING:
    from autoscaler.world.clearml import Task
    from autoscaler.world.clearml.model import Document

HIDDEN_SYSTEM_TAG = "hidden"
_ATTRIBUTES = {"status", "type", "user", "project", "parent", "queue"}


class GetAll(Listing):
    status: Strings | None = None
    type: Strings | None = None
    user: Strings | None = None
    project: Strings | None = None
    parent: Strings | None = None
    queue: Strings | None = Field(default=None, alias="execution.queue")
    status_changed: Strings | None = None
    """Times, each with a sign before it, such as `>=2026-01-31T12:00:00`; without one, `=`."""


class Named(Body):
    task: str


class Delete(Named):
    force: bool | None = False


def get_by_id(call: Call, body: Named) -> Document:
    return {"task": task_document(call.world.tasks.get(body.task))}


def get_all(call: Call, body: GetAll) -> Document:
    return listing.answer(body, "tasks", _found(call, body), task_document)


def get_all_ex(call: Call, body: GetAll) -> Document:
    return listing.answer(
        body,
        "tasks",
        _found(call, body),
        lambda task: task_document_ex(call.world, task, body.only_fields or ()),
    )


def delete(call: Call, body: Delete) -> Document:
    task = call.world.tasks.delete(body.task, force=bool(body.force))
    call.world.events.forget(task.id)
    return {
        "deleted": True,
        "updated_children": 0,
        "updated_models": 0,
        "deleted_models": 0,
        "events": {},
        "urls": {},
    }


def _found(call: Call, body: GetAll) -> list[Task]:
    like = compiled(body.name or "")
    asked = body.model_dump(include=_ATTRIBUTES, exclude_none=True)
    return [
        task
        for task in call.world.tasks.all()
        if all(getattr(task, name) in values for name, values in asked.items())
        and listing.wanted(task, body)
        and listing.in_time(task.status_changed, body.status_changed)
        and (body.shows_hidden() or HIDDEN_SYSTEM_TAG not in task.system_tags)
        and like.search(task.name)
    ]


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("tasks.get_by_id", "1.0", Named, get_by_id),
    Endpoint("tasks.get_all", "1.0", GetAll, get_all),
    Endpoint("tasks.get_all_ex", "1.0", GetAll, get_all_ex),
    Endpoint("tasks.delete", "1.0", Delete, delete),
)
