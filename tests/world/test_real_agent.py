"""The real clearml-agent takes the stand-in for ClearML."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from autoscaler.world.clearml import Move, Status
from autoscaler.world.python_task import enqueue_python
from tests.world.eventually import eventually
from tests.world.real_agent import running_agent, terminate

if TYPE_CHECKING:
    from pathlib import Path

    from autoscaler.world.clearml import Task
    from autoscaler.world.server import StandIn

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

WORKER = "aws1:cpu:m5.large:i-0abc"
TERMINATED = 254
LONG = """
    import time
    print("under way", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def queue(standin: StandIn) -> str:
    return standin.world.queues.create("proof").id


def test_it_runs_two_tasks_and_unregisters_when_it_is_terminated(
    standin: StandIn, queue: str, tmp_path: Path
) -> None:
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path) as agent:
        first = submit(standin, queue, "print('the answer is', 6 * 7)")
        second = submit(standin, queue, "import sys; print('read from', sys.argv[0])")
        eventually(lambda: ended(standin, first) and ended(standin, second))

        assert terminate(agent) == TERMINATED

    assert has_unregistered(standin)
    assert [standin.world.tasks.get(t).status for t in (first, second)] == ["completed"] * 2
    assert "the answer is 42" in standin.world.events.console(first)
    assert "read from task.py" in standin.world.events.console(second)
    assert [line.endpoint for line in standin.log if line.status >= 400] == [
        "workers.get_runtime_properties"
    ]


def test_a_task_that_fails_is_failed_with_its_exit_code(
    standin: StandIn, queue: str, tmp_path: Path
) -> None:
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path):
        task = submit(standin, queue, "raise SystemExit(3)")
        end = eventually(lambda: ended(standin, task))

    assert (end.status, end.status_reason) == (Status.FAILED, "worker execution exit code 3")


def test_a_terminated_agent_stops_its_task_and_does_not_requeue_it(
    standin: StandIn, queue: str, tmp_path: Path
) -> None:
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path) as agent:
        task = submit(standin, queue, LONG)
        eventually(lambda: under_way(standin, task))
        terminate(agent)

    left = standin.world.tasks.get(task)
    assert (left.status, left.status_reason) == (Status.STOPPED, "user abort")
    assert left.status_message == f"Changed by clearml-agent {WORKER}"
    assert standin.world.queues.get(queue).entries == ()


def test_a_killed_agent_leaves_a_busy_worker_and_a_task_in_progress(
    standin: StandIn, queue: str, tmp_path: Path
) -> None:
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path):
        task = submit(standin, queue, LONG)
        eventually(lambda: under_way(standin, task))

    (worker,) = standin.world.workers.all()
    assert worker.task == task
    assert standin.world.tasks.get(task).status is Status.IN_PROGRESS


def test_a_frozen_idle_agent_that_is_terminated_leaves_the_queue_alone(
    standin: StandIn, queue: str, tmp_path: Path
) -> None:
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path) as agent:
        eventually(lambda: standin.log.of("queues.get_next_task"))
        agent.send_signal(signal.SIGSTOP)
        task = submit(standin, queue, "print('too late')")
        agent.send_signal(signal.SIGTERM)
        agent.send_signal(signal.SIGCONT)
        assert agent.wait(timeout=10) == TERMINATED

    assert has_unregistered(standin)
    assert standin.world.queues.get(queue).position(task) == 0
    assert standin.world.tasks.get(task).status is Status.QUEUED


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        pytest.param("stop", Status.STOPPED, id="a stop ends it"),
        pytest.param("enqueue", Status.COMPLETED, id="a forced enqueue makes it run again"),
    ],
)
def test_a_running_task_obeys(
    order: str, outcome: Status, standin: StandIn, queue: str, tmp_path: Path
) -> None:
    code = f"""
        import pathlib, time
        seen = pathlib.Path({str(tmp_path / "seen")!r})
        again = seen.exists()
        seen.touch()
        print("under way", flush=True)
        time.sleep(0 if again else 600)
    """
    with running_agent(standin, worker=WORKER, queue=queue, home=tmp_path):
        task = submit(standin, queue, code)
        eventually(lambda: under_way(standin, task))
        with standin.lock:
            if order == "stop":
                standin.world.tasks.stop(task)
            else:
                standin.world.tasks.enqueue(task, queue, Move(force=True))
        end = eventually(lambda: ended(standin, task))

    assert end.status is outcome


def has_unregistered(standin: StandIn) -> bool:
    """A report that was under way may have registered the worker once more after that."""
    return WORKER in {line.worker for line in standin.log.of("workers.unregister")}


def submit(standin: StandIn, queue: str, code: str) -> str:
    with standin.lock:
        return enqueue_python(standin.world, "inline", code, queue=queue).id


def under_way(standin: StandIn, task: str) -> bool:
    return "\nunder way\n" in standin.world.events.console(task)


def ended(standin: StandIn, task: str) -> Task | None:
    seen = standin.world.tasks.get(task)
    over = {Status.COMPLETED, Status.FAILED, Status.STOPPED}
    return seen if seen.status in over else None
