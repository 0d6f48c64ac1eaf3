"""When a machine ends by itself, and that there is one guard at a time."""

import signal
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.local.processes.ending import living
from autoscaler.machine.guard.main import ALIVE, OVER, TAKEN
from autoscaler.world.clearml import Status
from tests.machine.guard_bench import GuardBench, agents_of, log_of, reason_of, says
from tests.machine.process_bench import FAKE, HOLD, eventually

pytestmark = pytest.mark.slow

SILENT = (*FAKE[:2], "-c", "import time; time.sleep(600)")
AWAY = """
    import os, sys, time
    if os.fork():
        sys.exit()
    os.setsid()
    time.sleep(600)
"""


def until(path: Path) -> str:
    """A task that ends when this file exists."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        pytest.param({"idle": 0.5}, "idle for ", id="it is idle for too long"),
        pytest.param({"life": 0.5}, "lived for ", id="it is idle when its lifetime is over"),
    ],
)
def test_an_idle_machine_ends_when(
    settings: dict[str, Any], reason: str, bench: GuardBench
) -> None:
    machine, guard = bench.running(settings=settings)
    assert guard.wait(10) == ALIVE
    assert reason_of(machine).startswith(reason)
    assert bench.workers() == []


@pytest.mark.parametrize("limit", ["idle", "life"])
def test_no_limit_ends_a_machine_that_works(limit: str, bench: GuardBench) -> None:
    machine, guard = bench.running(settings={limit: 1.0})
    task = bench.submit("import time; time.sleep(3)")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert machine.ended is None
    assert guard.wait(10) == ALIVE


def test_a_machine_whose_worker_never_appears_ends(bench: GuardBench) -> None:
    machine = bench.machine(settings={"boot": 0.5}, command=SILENT)
    assert bench.start(machine).wait(10) == ALIVE
    assert reason_of(machine).startswith("no worker was registered within ")


def test_an_unreachable_server_does_not_keep_an_idle_machine(bench: GuardBench) -> None:
    machine, guard = bench.running(settings={"idle": 5.0})
    bench.standin.faults.add(match="*.get_all", status=503)
    assert guard.wait(20) == ALIVE
    assert reason_of(machine).startswith("idle for ")


def test_an_unreachable_server_does_not_end_a_machine_that_works(bench: GuardBench) -> None:
    machine, _ = bench.running(settings={"idle": 5.0})
    bench.submit(HOLD)
    eventually(agents_of(machine)[0].children)
    bench.standin.faults.add(status=503)
    eventually(lambda: log_of(machine).count("clearml-unreachable") > 55)
    assert machine.ended is None
    assert len(agents_of(machine)) == 1


def test_an_agent_that_dies_is_started_again(bench: GuardBench) -> None:
    machine, _ = bench.running()
    (agent,) = agents_of(machine)
    agent.kill()
    assert says(machine, "agent-died")
    eventually(lambda: [one for one in agents_of(machine) if one.pid != agent.pid])
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)


def test_a_task_whose_agent_died_is_ended_with_its_machine(bench: GuardBench) -> None:
    machine, guard = bench.running()
    worker = machine.record.guard["worker"]
    task = bench.submit(HOLD)
    (agent,) = agents_of(machine)
    orphan = eventually(agent.children)[0]
    agent.kill()
    assert guard.wait(10) == ALIVE
    assert orphan not in living(machine.path)
    assert reason_of(machine) == f"the agent of {worker} died under its task"
    assert bench.task(task).status is Status.IN_PROGRESS
    assert bench.workers() == []


def test_a_task_that_had_ended_but_nobody_told_is_the_same(bench: GuardBench) -> None:
    machine, guard = bench.running()
    task = bench.submit(HOLD)
    (agent,) = agents_of(machine)
    (child,) = eventually(agent.children)
    agent.suspend()
    child.kill()
    agent.kill()
    assert guard.wait(10) == ALIVE
    assert reason_of(machine).endswith(" died under its task")
    assert bench.task(task).status is Status.IN_PROGRESS


def test_a_machine_of_which_one_task_was_lost_ends_after_the_others(
    bench: GuardBench, tmp_path: Path
) -> None:
    machine, guard = bench.running(slots=3)
    tasks = [bench.submit(until(tmp_path / f"{number}-may-end")) for number in range(2)]
    eventually(lambda: all(bench.task(one).status is Status.IN_PROGRESS for one in tasks))
    first = eventually(lambda: next((one for one in agents_of(machine) if one.children()), None))
    orphan = first.children()[0]
    first.kill()
    eventually(lambda: orphan not in living(machine.path))
    eventually(lambda: len(agents_of(machine)) == 1)
    for number in range(2):
        (tmp_path / f"{number}-may-end").touch()
    assert guard.wait(20) == ALIVE
    assert reason_of(machine).endswith(" died under its task")
    assert sorted(bench.task(one).status for one in tasks) == sorted(
        [Status.COMPLETED, Status.IN_PROGRESS]
    )


@pytest.mark.parametrize("slots", [1, 2])
def test_agents_that_cannot_live_end_the_machine_with_their_reason(
    slots: int, bench: GuardBench
) -> None:
    machine = bench.machine(slots=slots, command=(*FAKE, "--dies", ""))
    assert bench.start(machine).wait(20) == ALIVE
    assert reason_of(machine) == "the agent died 6 times: it left with exit code 3"


def test_a_broken_slot_does_not_end_its_neighbours_work(bench: GuardBench, tmp_path: Path) -> None:
    machine = bench.machine(slots=2, command=(*FAKE, "--dies", ":0"))
    guard = bench.start(machine)
    task = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    assert says(machine, "slot-given-up")
    (tmp_path / "may-end").touch()
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    eventually(lambda: not any(worker.task for worker in bench.standin.world.workers.all()))
    assert log_of(machine).count("agent-died") == 6
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "drained"


def test_a_signal_to_the_guard_leaves_the_task_to_be_brought_back(bench: GuardBench) -> None:
    machine, guard = bench.running(slots=2)
    workers = bench.workers()
    task = bench.submit(HOLD)
    eventually(lambda: any(agent.children() for agent in agents_of(machine)))
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(10) == ALIVE
    assert bench.task(task).status is Status.IN_PROGRESS
    assert bench.task(task).last_worker in workers
    assert bench.workers() == []
    assert living(machine.path) == []
    assert bench.state(machine.record.machine) == "gone"
    assert reason_of(machine) == "told to by a signal"


def test_a_signal_ends_a_machine_whose_server_does_not_answer(bench: GuardBench) -> None:
    machine, guard = bench.running()
    bench.standin.faults.add(status=503)
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(10) == ALIVE
    assert "still-registered" in log_of(machine)
    assert reason_of(machine) == "told to by a signal"


def test_what_a_task_left_behind_ends_with_the_machine(bench: GuardBench) -> None:
    machine, guard = bench.running()
    task = bench.submit(AWAY)
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert len(living(machine.path)) == 3  # guard, agent, and what went away
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert living(machine.path) == []


def test_a_second_guard_leaves_at_once(bench: GuardBench) -> None:
    machine, first = bench.running()
    assert bench.start(machine).wait(10) == TAKEN
    assert first.poll() is None
    assert len(agents_of(machine)) == 1


def test_no_guard_comes_up_while_an_agent_lives_without_one(bench: GuardBench) -> None:
    machine, first = bench.running()
    first.kill()
    assert bench.start(machine).wait(10) == TAKEN
    assert machine.locked


def test_a_machine_that_has_ended_stays_so(bench: GuardBench) -> None:
    machine = bench.machine()
    machine.end("terminated")
    assert bench.start(machine).wait(10) == OVER
    assert log_of(machine) == ""


def test_a_mark_from_outside_ends_a_running_machine(bench: GuardBench) -> None:
    machine, guard = bench.running()
    machine.end("terminated")
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "terminated"
    assert living(machine.path) == []


def test_an_ended_machine_keeps_its_log_and_drops_its_working_files(bench: GuardBench) -> None:
    machine, guard = bench.running()
    assert (machine.path / "slot0" / "tmp").is_dir()
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert not (machine.path / "slot0").exists()
    assert log_of(machine)


def test_containers_are_removed_by_their_label(bench: GuardBench, tmp_path: Path) -> None:
    called = tmp_path / "called"
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$@" >> {called}\n[ "$1" = ps ] && echo c1 c2 || true\n')
    docker.chmod(0o700)
    bench.path = f"{docker.parent}:/usr/bin:/bin"
    machine, guard = bench.running(docker="python:3.12")
    label = machine.record.guard["containers"]
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert called.read_text().splitlines() == [
        f"ps --all --quiet --filter label={label}",
        "rm --force c1 c2",
    ]
