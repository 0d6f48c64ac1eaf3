"""The `tasks` service: what a task says, not what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.clearml import Status, errors

if TYPE_CHECKING:
    from autoscaler.world.clearml import Task
    from autoscaler.world.clearml.model import Document

PROPERTIES = "properties"
MERGED_SECTIONS = {"script", "execution"}
"""An edit changes single fields of these; every other section is replaced whole."""
_SECTIONS = MERGED_SECTIONS | {"container", "hyperparams", "configuration", "runtime", "models"}


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


class Create(Content):
    name: str
    type: str


class Edit(Content):
    task: str
    force: bool | None = False


class Update(Body):
    task: str
    name: str | None = None
    comment: str | None = None
    project: str | None = None
    tags: tuple[str, ...] | None = None
    system_tags: tuple[str, ...] | None = None


class SetRequirements(Body):
    task: str
    requirements: dict[str, Any]


class Parameter(Body):
    section: str
    name: str
    value: Any = None
    type: str | None = None
    description: str | None = None


class EditHyperParams(Body):
    task: str
    hyperparams: list[Parameter]
    force: bool | None = False


def create(call: Call, body: Create) -> Document:
    task = call.world.tasks.create(user=call.user, **_fields(body))
    return {"id": task.id}


def edit(call: Call, body: Edit) -> Document:
    task = call.world.tasks.get(body.task)
    if not body.force:
        _check_new(task)
    fields = _fields(body)
    for section in MERGED_SECTIONS & fields["sections"].keys():
        written = {**task.sections.get(section, {}), **fields["sections"][section]}
        fields["sections"][section] = written
    return _edited(call, task, **fields)


def update(call: Call, body: Update) -> Document:
    """Unlike an edit, this is for running tasks too."""
    task = call.world.tasks.get(body.task)
    return _edited(call, task, **body.model_dump(exclude_none=True, exclude={"task"}))


def set_requirements(call: Call, body: SetRequirements) -> Document:
    task = call.world.tasks.get(body.task)
    script = {**task.sections.get("script", {}), "requirements": body.requirements}
    return _edited(call, task, sections={"script": script})


def edit_hyper_params(call: Call, body: EditHyperParams) -> Document:
    """A running task's own properties may be set; for the rest it takes force."""
    task = call.world.tasks.get(body.task)
    if not body.force and any(item.section != PROPERTIES for item in body.hyperparams):
        _check_new(task)
    params = {name: dict(items) for name, items in task.sections.get("hyperparams", {}).items()}
    for item in body.hyperparams:
        written = item.model_dump(exclude_none=True)
        params.setdefault(item.section, {})[item.name] = written
    call.world.tasks.edit(task.id, sections={"hyperparams": params})
    return {"updated": 1}


def _check_new(task: Task) -> None:
    if task.status is not Status.CREATED:
        raise errors.not_new(task.status)


def _fields(body: Content) -> Document:
    given = body.model_dump(exclude_none=True, exclude={"task", "force"})
    sections = {name: given.pop(name) for name in _SECTIONS & given.keys()}
    sections.get("execution", {}).pop("queue", None)
    if "output_dest" in given:
        sections["output"] = {"destination": given.pop("output_dest")}
    return {**given, "sections": sections}


def _edited(call: Call, task: Task, **fields: Any) -> Document:
    changed = call.world.tasks.edit(task.id, **fields)
    shown = {name: value for name, value in fields.items() if name != "sections"}
    return {
        "updated": 1,
        "fields": {**shown, **fields.get("sections", {}), "last_update": changed.last_update},
    }


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("tasks.create", "1.0", Create, create),
    Endpoint("tasks.edit", "1.0", Edit, edit),
    Endpoint("tasks.update", "1.0", Update, update),
    Endpoint("tasks.set_requirements", "2.1", SetRequirements, set_requirements),
    Endpoint("tasks.edit_hyper_params", "2.9", EditHyperParams, edit_hyper_params),
)
