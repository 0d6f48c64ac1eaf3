"""What the guard asks ClearML, and what it makes of the answers."""

from collections.abc import Iterator

import pytest

from autoscaler.machine.guard.clearml import STALE, Look, Server, UnknownError
from autoscaler.world.clearml import Move
from autoscaler.world.server import StandIn

WORKER = "team:cpu:process:i-1"
NOBODY = {"CLEARML_API_HOST": "http://127.0.0.1:9"}


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def queue(standin: StandIn) -> str:
    return standin.world.queues.create("work").id


@pytest.fixture
def look(standin: StandIn, queue: str) -> Look:
    environ = {
        "CLEARML_API_HOST": standin.url + "/",
        "CLEARML_API_ACCESS_KEY": standin.credentials.access_key,
        "CLEARML_API_SECRET_KEY": standin.credentials.secret_key,
    }
    return Look(Server(environ), WORKER, [queue])


def line_up(standin: StandIn, queue: str) -> str:
    task = standin.world.tasks.create("task").id
    standin.world.tasks.enqueue(task, queue)
    return task


def run(standin: StandIn, queue: str, worker: str) -> str:
    """A task that this worker reports."""
    task = line_up(standin, queue)
    standin.world.queues.pop(queue)
    standin.world.tasks.started(task, Move(force=True))
    standin.world.workers.report(worker, user=standin.world.user, task=task)
    return task


@pytest.mark.parametrize(
    "worker",
    [
        pytest.param(WORKER, id="its worker's"),
        pytest.param(WORKER + ":1", id="a slot's"),
        pytest.param(WORKER + ":service:abc", id="a service's"),
    ],
)
def test_a_task_is_held_when_it_is(worker: str, standin: StandIn, queue: str, look: Look) -> None:
    task = run(standin, queue, worker)
    assert look.held(0) == f"{worker} works on task {task}"


def test_what_another_user_reports_under_its_id_is_not_its_own(
    standin: StandIn, look: Look
) -> None:
    other = standin.world.users.add("other")
    standin.world.workers.report(WORKER, user=other, task=standin.world.tasks.create("t").id)
    assert look.held(0) == ""
    assert look.workers() == []


@pytest.mark.parametrize("worker", [WORKER + "0", "team:cpu:process:i-2"])
def test_another_machine_s_task_is_not_held(
    worker: str, standin: StandIn, queue: str, look: Look
) -> None:
    run(standin, queue, worker)
    assert look.held(0) == ""


def test_waiting_tasks_hold_nobody(standin: StandIn, queue: str, look: Look) -> None:
    for _ in range(3):
        line_up(standin, queue)
    assert look.held(0) == ""


@pytest.mark.slow
def test_a_task_that_its_worker_reported_last_is_held(
    standin: StandIn, queue: str, look: Look
) -> None:
    task = run(standin, queue, WORKER)
    standin.world.workers.unregister(WORKER, user=standin.world.user)
    assert task in look.held(0)


def test_a_pulled_task_is_doubtful_until_it_is_clear_that_nobody_has_it(
    standin: StandIn, queue: str, look: Look
) -> None:
    task = line_up(standin, queue)
    standin.world.queues.pop(queue)
    assert task in look.held(0)
    assert task in look.held(STALE - 1)
    assert look.held(STALE) == ""
    standin.world.queues.add(queue, task)
    assert look.held(STALE + 1) == ""
    standin.world.queues.pop(queue)
    assert task in look.held(STALE + 2)


def test_more_than_a_page_of_waiting_tasks_hides_nothing(
    standin: StandIn, queue: str, look: Look
) -> None:
    popped = line_up(standin, queue)
    standin.world.queues.pop(queue)
    for _ in range(1100):
        line_up(standin, queue)
    assert popped in look.held(0)


def test_a_revoked_token_is_renewed(standin: StandIn, look: Look) -> None:
    assert look.workers() == []
    standin.world.users.revoke_tokens()
    assert look.workers() == []
    assert len(standin.log.of("auth.login")) == 2


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="no address"),
        pytest.param(NOBODY, id="nobody listens"),
        pytest.param({"CLEARML_API_ACCESS_KEY": "wrong"}, id="a wrong key"),
    ],
)
def test_who_cannot_ask_says_so(environ: dict[str, str], standin: StandIn, queue: str) -> None:
    if "CLEARML_API_ACCESS_KEY" in environ:
        environ = {**environ, "CLEARML_API_HOST": standin.url}
    with pytest.raises(UnknownError):
        Look(Server(environ), WORKER, [queue]).held(0)


def test_a_task_that_was_started_and_not_yet_reported_is_held(
    standin: StandIn, queue: str, look: Look
) -> None:
    task = line_up(standin, queue)
    standin.world.queues.pop(queue)
    standin.world.tasks.started(task, Move(force=True))
    assert task in look.held(0)
    assert look.held(STALE) == "", "a dead machine's task looks the same: not for ever"
