"""The `tasks` service: making, reading and changing tasks. Their moves are in task_moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from autoscaler.world.api import listing
from autoscaler.world.api.documents import task_document, task_document_ex
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.api.listing import Listing, Strings, compiled

if TYPE_CHECKING:
    from autoscaler.world.clearml import Task
    from autoscaler.world.clearml.model import Document

HIDDEN_SYSTEM_TAG = "hidden"
MERGED_SECTIONS = {"script", "execution"}
"""An edit changes single fields of these; every other section is replaced whole."""


class GetAll(Listing):
    status: Strings | None = None
    type: Strings | None = None
    user: Strings | None = None
    project: Strings | None = None
    parent: Strings | None = None
    queue: Strings | None = Field(default=None, alias="execution.queue")


class Content(Body):
    """What a caller may write of a task."""

    name: str | None = None
    type: str | None = None
    comment: str | None = None
    parent: str | None = None
    project: str | None = None
    tags: tuple[str, ...] | None = None
    system_tags: tuple[str, ...] | None = None
    script: dict[str, Any] | None = None
    execution: dict[str, Any] | None = None
    container: dict[str, Any] | None = None
    hyperparams: dict[str, Any] | None = None
    configuration: dict[str, Any] | None = None
    runtime: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    output_dest: str | None = None


_SECTIONS = {"script", "execution", "container", "hyperparams", "configuration", "runtime"} | {
    "models",
    "output_dest",
}


class Create(Content):
    name: str
    type: str


class Edit(Content):
    task: str


class Named(Body):
    task: str


class Delete(Named):
    force: bool | None = False


class SetRequirements(Named):
    requirements: dict[str, Any]


class Parameter(Body):
    section: str
    name: str
    value: Any = None
    type: str | None = None
    description: str | None = None


class EditHyperParams(Named):
    hyperparams: list[Parameter]


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


def create(call: Call, body: Create) -> Document:
    task = call.world.tasks.create(user=call.user, **_fields(body))
    return {"id": task.id}


def edit(call: Call, body: Edit) -> Document:
    task = call.world.tasks.get(body.task)
    fields = _fields(body)
    for section in MERGED_SECTIONS & fields["sections"].keys():
        written = {**task.sections.get(section, {}), **fields["sections"][section]}
        fields["sections"][section] = written
    return _edited(call, task, **fields)


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


def set_requirements(call: Call, body: SetRequirements) -> Document:
    task = call.world.tasks.get(body.task)
    script = {**task.sections.get("script", {}), "requirements": body.requirements}
    return _edited(call, task, sections={"script": script})


def edit_hyper_params(call: Call, body: EditHyperParams) -> Document:
    task = call.world.tasks.get(body.task)
    params = {name: dict(items) for name, items in task.sections.get("hyperparams", {}).items()}
    for item in body.hyperparams:
        written = item.model_dump(exclude_none=True)
        params.setdefault(item.section, {})[item.name] = written
    call.world.tasks.edit(task.id, sections={"hyperparams": params})
    return {"updated": 1}


def _found(call: Call, body: GetAll) -> list[Task]:
    like = compiled(body.name) if body.name is not None else None
    return [
        task
        for task in call.world.tasks.all()
        if listing.wanted(task, body)
        and (body.shows_hidden() or HIDDEN_SYSTEM_TAG not in task.system_tags)
        and (like is None or like.search(task.name))
        and _fits(task, body)
    ]


def _fits(task: Task, body: GetAll) -> bool:
    asked = {
        "status": body.status,
        "type": body.type,
        "user": body.user,
        "project": body.project,
        "parent": body.parent,
        "queue": body.queue,
    }
    return all(values is None or getattr(task, name) in values for name, values in asked.items())


def _fields(body: Content) -> Document:
    given = body.model_dump(exclude_none=True, exclude={"task"})
    sections = {name: given.pop(name) for name in _SECTIONS & given.keys()}
    sections.get("execution", {}).pop("queue", None)
    if "output_dest" in sections:
        sections["output"] = {"destination": sections.pop("output_dest")}
    return {**given, "sections": sections}


def _edited(call: Call, task: Task, **fields: Any) -> Document:
    changed = call.world.tasks.edit(task.id, **fields)
    shown = {name: value for name, value in fields.items() if name != "sections"}
    return {
        "updated": 1,
        "fields": {**shown, **fields.get("sections", {}), "last_update": changed.last_update},
    }


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("tasks.get_by_id", "1.0", Named, get_by_id),
    Endpoint("tasks.get_all", "1.0", GetAll, get_all),
    Endpoint("tasks.get_all_ex", "1.0", GetAll, get_all_ex),
    Endpoint("tasks.create", "1.0", Create, create),
    Endpoint("tasks.edit", "1.0", Edit, edit),
    Endpoint("tasks.update", "1.0", Edit, edit),
    Endpoint("tasks.delete", "1.0", Delete, delete),
    Endpoint("tasks.set_requirements", "2.1", SetRequirements, set_requirements),
    Endpoint("tasks.edit_hyper_params", "2.9", EditHyperParams, edit_hyper_params),
)
