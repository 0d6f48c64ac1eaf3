"""What ran in the past, as ClearML's API tells it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from autoscaler.adapters.clearml import ClearmlClient, ran_since
from autoscaler.core.ran import Ran
from autoscaler.world.clearml import Move
from autoscaler.world.server import StandIn
from tests.adapters.clearml.canned import Answer, Asked, envelope, logged_in, serving
from tests.adapters.clearml.pace import connect

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def all_of(client: ClearmlClient, since: datetime = NEVER) -> list[Ran]:
    return [ran for batch in ran_since(client, since) for ran in batch]


def task(standin: StandIn, *, begun: bool = True, ended: str = "completed") -> str:
    """A task of the queue default, which came that far."""
    tasks, queue = standin.world.tasks, standin.world.queues.default().id
    id = tasks.create("work").id
    tasks.enqueue(id, queue)
    standin.world.queues.pop(queue)
    if begun:
        tasks.started(id)
    if ended:
        getattr(tasks, ended)(id, Move(force=True))
    return id


@pytest.mark.parametrize("ended", ["completed", "failed", "stopped"])
def test_a_task_that_ended_is_told_with_its_times(
    standin: StandIn, client: ClearmlClient, ended: str
) -> None:
    id = task(standin, ended=ended)
    (ran,) = all_of(client)

    assert ran.id == id
    assert ran.queue == standin.world.queues.default().id
    assert ran.started
    assert NEVER < ran.created <= ran.started <= ran.ended


@pytest.mark.parametrize(
    "unfinished",
    [
        pytest.param(lambda s: s.world.tasks.create("draft"), id="a draft"),
        pytest.param(lambda s: task(s, ended=""), id="one that runs"),
        pytest.param(lambda s: task(s, begun=False, ended=""), id="one that was only popped"),
    ],
)
def test_what_has_not_ended_is_not_told(
    standin: StandIn, client: ClearmlClient, unfinished: Callable[[StandIn], object]
) -> None:
    unfinished(standin)

    assert all_of(client) == []


def test_one_that_never_began_has_no_start(standin: StandIn, client: ClearmlClient) -> None:
    task(standin, begun=False, ended="stopped")
    (ran,) = all_of(client)

    assert ran.started is None


def test_a_task_without_a_queue_has_none(standin: StandIn, client: ClearmlClient) -> None:
    id = standin.world.tasks.create("by hand").id
    standin.world.tasks.started(id)
    standin.world.tasks.completed(id)
    (ran,) = all_of(client)

    assert ran.queue == ""


def test_only_what_ended_since_then_is_asked_for_and_told(
    standin: StandIn, client: ClearmlClient
) -> None:
    task(standin)
    (ran,) = all_of(client)
    later = ran.ended + timedelta(seconds=2)

    assert all_of(client, ran.ended - timedelta(seconds=2)) == [ran]
    assert all_of(client, later) == []


def test_only_the_fields_that_are_needed_travel() -> None:
    def script(asked: Asked) -> Answer:
        return envelope({"tasks": []}) if asked.endpoint == "tasks.get_all" else Answer(404)

    with serving(logged_in(script)) as canned:
        assert all_of(connect(canned.url)) == []
    body = canned.asked[-1].body

    assert set(body["only_fields"]) == {
        *("id", "status", "created", "started", "completed", "status_changed", "execution.queue"),
    }
    assert body["status_changed"] == [">=2000-01-01T00:00:00"]


def test_long_lists_are_read_page_by_page(standin: StandIn, client: ClearmlClient) -> None:
    ids = {task(standin) for _ in range(1050)}
    batches = list(ran_since(client, NEVER))

    assert len(batches) == 3
    assert {ran.id for batch in batches for ran in batch} == ids
