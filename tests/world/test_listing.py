"""How much of a long list one answer holds, and what it leaves out without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from autoscaler.world.clearml import ClearML
    from tests.world.model import Caller

MANY = 1203


@pytest.fixture
def names(world: ClearML) -> list[str]:
    """1203 queues with the default one."""
    for number in range(1, MANY):
        world.queues.create(f"queue-{number:04}")
    return [queue.name for queue in world.queues.all()]


def listed(caller: Caller, **body: Any) -> list[str]:
    return [queue["name"] for queue in caller.ask("queues.get_all", **body)["queues"]]


@pytest.mark.parametrize(
    ("asked", "first", "after"),
    [
        pytest.param({}, 0, 500, id="500 without paging, and no word of the others"),
        pytest.param({"page": 1}, 500, 1000, id="500 a page when no size is said"),
        pytest.param({"page": 0, "page_size": 100}, 0, 100, id="as many as a page shall have"),
        pytest.param({"page": 0, "page_size": 9999}, 0, 500, id="never more than 500 a page"),
        pytest.param({"page": 2, "page_size": 500}, 1000, 1203, id="the rest on the last page"),
        pytest.param({"page": 9, "page_size": 500}, 0, 0, id="nothing after the last page"),
        pytest.param({"size": 9999}, 0, 500, id="never more than 500 a scroll"),
    ],
)
def test_an_answer_holds(
    asked: dict[str, Any], first: int, after: int, caller: Caller, names: list[str]
) -> None:
    assert listed(caller, **asked) == names[first:after]


def test_scrolling_goes_on_until_nothing_comes(caller: Caller, names: list[str]) -> None:
    seen: list[str] = []
    answer = caller.ask("queues.get_all", size=500)
    while answer["queues"]:
        seen += [queue["name"] for queue in answer["queues"]]
        answer = caller.ask("queues.get_all", size=500, scroll_id=answer["scroll_id"])

    assert seen == names


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["default", "gpu"], id="left out of a plain list"),
        pytest.param({"search_hidden": True}, ["default", "gpu", "glue"], id="listed when asked"),
        pytest.param({"name": "glu"}, ["glue"], id="found by name"),
        pytest.param({"id": "glue"}, ["glue"], id="found by id"),
        pytest.param({"system_tags": ["k8s-glue"]}, [], id="not found by its tag"),
    ],
)
def test_a_hidden_queue_is(
    asked: dict[str, Any], found: list[str], world: ClearML, caller: Caller
) -> None:
    world.queues.create("gpu")
    glue = world.queues.create("glue", system_tags=["k8s-glue"])
    wanted = {**asked, "id": [glue.id]} if "id" in asked else asked

    assert listed(caller, **wanted) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"name": "^gpu$"}, ["gpu"], id="a name, when it is anchored and escaped"),
        pytest.param({"name": "gpu"}, ["gpu", "gpu.big"], id="more, when it is not anchored"),
        pytest.param({"tags": ["spot"]}, ["gpu.big"], id="those with a tag"),
        pytest.param({"tags": ["-spot"]}, ["default", "gpu"], id="those without a tag"),
        pytest.param({"order_by": ["-name"]}, ["gpu.big", "gpu", "default"], id="them in order"),
    ],
)
def test_a_filter_finds(
    asked: dict[str, Any], found: list[str], world: ClearML, caller: Caller
) -> None:
    world.queues.create("gpu")
    world.queues.create("gpu.big", tags=["spot"])

    assert listed(caller, **asked) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"status": ["queued"]}, ["waiting", "popped"], id="by status"),
        pytest.param({"status": "in_progress"}, ["running"], id="by a single status"),
        pytest.param(
            {"status": ["queued", "in_progress"], "execution.queue": ["gpu"]},
            ["waiting", "popped", "running"],
            id="by queue, even when they left it",
        ),
        pytest.param({"execution.queue": ["other"]}, [], id="by another queue"),
        pytest.param({"name": "^new$", "type": ["training"]}, ["new"], id="by name and type"),
    ],
)
def test_tasks_are_found(
    asked: dict[str, Any], found: list[str], world: ClearML, caller: Caller
) -> None:
    queue = world.queues.create("gpu").id
    world.tasks.create("new")
    tasks = {name: world.tasks.create(name).id for name in ("waiting", "popped", "running")}
    for task in tasks.values():
        world.tasks.enqueue(task, queue)
    world.queues.remove(queue, tasks["popped"])
    world.queues.remove(queue, tasks["running"])
    world.tasks.started(tasks["running"])
    real = {"gpu": queue, "other": world.queues.default().id}
    wanted = {
        name: [real.get(item, item) for item in value] if name == "execution.queue" else value
        for name, value in asked.items()
    }

    answer = caller.ask("tasks.get_all_ex", **wanted, only_fields=["name"])
    assert [task["name"] for task in answer["tasks"]] == found


@pytest.mark.parametrize(
    ("service", "fields", "shown"),
    [
        pytest.param("get_all", ["name"], {"name": "t"}, id="what was asked, and the id"),
        pytest.param("get_all", ["project", "started"], {}, id="no key for what is not there"),
        pytest.param(
            "get_all", ["execution.queue"], {"execution": {"queue": "$queue"}}, id="a part of one"
        ),
        pytest.param(
            "get_all_ex",
            ["execution.queue.name", "user.name"],
            {"execution": {"queue": {"name": "default"}}, "user": {"name": "Default User"}},
            id="a part of what it refers to",
        ),
        pytest.param(
            "get_all_ex",
            ["execution.queue", "user"],
            {"execution": {"queue": {"id": "$queue"}}, "user": {"id": "__tests__"}},
            id="no names of what it refers to, unless they were asked",
        ),
    ],
)
def test_only_fields_show(
    service: str, fields: list[str], shown: dict[str, Any], world: ClearML, caller: Caller
) -> None:
    queue = world.queues.default().id
    task = world.tasks.create("t").id
    world.tasks.enqueue(task, queue)
    (document,) = caller.ask(f"tasks.{service}", only_fields=fields)["tasks"]

    assert document == _with(shown, queue) | {"id": task}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["plain"], id="left out of a plain list"),
        pytest.param({"search_hidden": True}, ["plain", "veiled"], id="listed when asked"),
        pytest.param({"name": "^veil"}, ["veiled"], id="found by name"),
    ],
)
def test_a_hidden_task_is(
    asked: dict[str, Any], found: list[str], world: ClearML, caller: Caller
) -> None:
    world.tasks.create("plain")
    world.tasks.create("veiled", system_tags=("hidden",))

    assert [task["name"] for task in caller.ask("tasks.get_all", **asked)["tasks"]] == found


def test_a_list_of_queues_can_be_cut_short_in_each_queue(world: ClearML, caller: Caller) -> None:
    queue = world.queues.default().id
    for name in "abc":
        world.tasks.enqueue(world.tasks.create(name).id, queue)
    (document,) = caller.ask("queues.get_all", max_task_entries=2)["queues"]

    assert len(document["entries"]) == 2


def _with(shown: Any, queue: str) -> Any:
    if isinstance(shown, dict):
        return {name: _with(value, queue) for name, value in shown.items()}
    return queue if shown == "$queue" else shown
