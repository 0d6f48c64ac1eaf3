"""Calls beyond the recorded ones, through the API and its bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from autoscaler.world.clearml import ClearML
    from tests.world.model import Caller


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        pytest.param(
            {"script": {"branch": "b"}},
            {"script": {"diff": "d", "branch": "b"}},
            id="of a script changes what is named",
        ),
        pytest.param(
            {"runtime": {"y": 2}}, {"runtime": {"y": 2}}, id="of runtime replaces it whole"
        ),
        pytest.param({"tags": ["t"]}, {"tags": ["t"]}, id="of tags replaces them"),
    ],
)
def test_an_edit(edit: dict[str, Any], after: dict[str, Any], caller: Caller) -> None:
    task = caller.ask(
        "tasks.create", name="t", type="training", script={"diff": "d"}, runtime={"x": 1}
    )["id"]
    caller.ask("tasks.edit", task=task, **edit)

    document = caller.ask("tasks.get_by_id", task=task)["task"]
    assert {name: document[name] for name in after} == after


@pytest.mark.parametrize(
    ("endpoint", "change", "outcome"),
    [
        pytest.param("tasks.edit", {"comment": "x"}, (400, 110), id="is not edited"),
        pytest.param("tasks.edit", {"comment": "x", "force": True}, (200, 0), id="unless forced"),
        pytest.param("tasks.update", {"comment": "x"}, (200, 0), id="is updated"),
        pytest.param(
            "tasks.edit_hyper_params",
            {"hyperparams": [{"section": "Args", "name": "lr", "value": "1"}]},
            (400, 110),
            id="keeps its arguments",
        ),
        pytest.param(
            "tasks.edit_hyper_params",
            {"hyperparams": [{"section": "properties", "name": "note", "value": "1"}]},
            (200, 0),
            id="takes properties",
        ),
    ],
)
def test_a_running_task(
    endpoint: str,
    change: dict[str, Any],
    outcome: tuple[int, int],
    world: ClearML,
    caller: Caller,
) -> None:
    task = world.tasks.create("t").id
    world.tasks.started(task)

    assert caller.refusal(endpoint, task=task, **change) == outcome


def test_hyper_parameters_are_set_one_by_one(caller: Caller) -> None:
    task = caller.ask("tasks.create", name="t", type="service")["id"]
    for name, value in (("a", "1"), ("b", "2"), ("a", "3")):
        item = {"section": "properties", "name": name, "value": value}
        caller.ask("tasks.edit_hyper_params", task=task, hyperparams=[item])

    document = caller.ask("tasks.get_by_id", task=task)["task"]
    values = {name: p["value"] for name, p in document["hyperparams"]["properties"].items()}
    assert values == {"a": "3", "b": "2"}


def test_enqueue_finds_makes_or_takes_the_default_queue(world: ClearML, caller: Caller) -> None:
    tasks = [world.tasks.create(name).id for name in "abc"]
    caller.ask("tasks.enqueue", task=tasks[0], queue_name="brand new")
    caller.ask("tasks.enqueue", task=tasks[1], queue_name="brand new")
    caller.ask("tasks.enqueue", task=tasks[2])

    made = world.queues.find("brand new")
    assert made is not None
    assert [entry.task for entry in made.entries] == tasks[:2]
    assert world.queues.default().position(tasks[2]) == 0


def test_a_cleared_queue_sends_its_tasks_back(world: ClearML, caller: Caller) -> None:
    queue = world.queues.create("gpu").id
    tasks = [world.tasks.create(name).id for name in "ab"]
    for task in tasks:
        world.tasks.enqueue(task, queue)

    assert caller.ask("queues.clear_queue", queue=queue)["removed_tasks"] == tasks
    assert [world.tasks.get(task).status for task in tasks] == ["created", "created"]


@pytest.mark.parametrize(
    ("step", "position"),
    [
        pytest.param("move_task_forward", 1, id="one forward"),
        pytest.param("move_task_backward", 3, id="one backward"),
    ],
)
def test_a_task_steps(step: str, position: int, world: ClearML, caller: Caller) -> None:
    queue = world.queues.create("gpu").id
    for task in "abcde":
        world.queues.add(queue, task)

    assert caller.ask(f"queues.{step}", queue=queue, task="c") == {"position": position}
    assert world.queues.get(queue).position("c") == position


@pytest.mark.parametrize(
    ("replace", "after"),
    [
        pytest.param(False, {"old": "1", "new": "2"}, id="adds to what is there"),
        pytest.param(True, {"new": "2"}, id="replaces it when told so"),
    ],
)
def test_metadata(replace: bool, after: dict[str, str], world: ClearML, caller: Caller) -> None:
    item = {"key": "old", "type": "str", "value": "1"}
    queue = world.queues.create("gpu", metadata={"old": item}).id
    written = [{"key": "new", "type": "str", "value": "2"}]
    caller.ask(
        "queues.add_or_update_metadata", queue=queue, metadata=written, replace_metadata=replace
    )

    kept = world.queues.get(queue).metadata
    assert {name: item["value"] for name, item in kept.items()} == after


def test_a_watched_queue_is_told(world: ClearML, caller: Caller) -> None:
    queue = world.queues.create("gpu").id
    world.workers.register("w", user=world.user, queues=[queue])
    task = world.tasks.create("t").id
    answer = caller.ask("tasks.enqueue", task=task, queue=queue, verify_watched_queue=True)

    assert answer["queue_watched"] is True
