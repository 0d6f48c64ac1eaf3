"""The same with the real clearml-agent."""

import os
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from autoscaler.adapters.local.processes import GuardTiming
from autoscaler.adapters.local.processes.ending import living
from autoscaler.world.clearml import Status
from tests.machine.process_bench import HOLD, ProcessBench, eventually, process_bench

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ROUNDS = 6


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    with process_bench(tmp_path) as bench:
        bench.specs["team/cpu"] = bench.spec(
            command=(),
            python=sys.executable,
            poll_every=timedelta(seconds=0.2),
            report_every=timedelta(seconds=1),
            guard=GuardTiming(poll=0.1, probe=1, again=1),
        )
        yield bench


def test_a_machine_runs_a_task_and_is_drained_when_it_is_idle(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    task = bench.submit("print('the answer is', 6 * 7)")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert "the answer is 42" in bench.standin.world.events.console(task)
    bench.compute.drain(machine.instance_id, "n1")
    assert eventually(lambda: bench.state(machine) == "gone")
    assert bench.standin.world.workers.all() == []
    assert [secret for secret in bench.secrets if secret in bench.text(machine)] == []


def test_a_machine_that_works_refuses_and_its_task_goes_on(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    task = bench.submit("import time; time.sleep(6)")
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    bench.compute.drain(machine.instance_id, "n1")
    bench.judged(machine, "n1")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert bench.state(machine) == "living"


def test_a_pull_that_is_under_way_when_the_agent_is_frozen_is_not_lost(
    bench: ProcessBench,
) -> None:
    """The server has given the task away, and the agent does not know it yet."""
    (machine,) = bench.launch()
    bench.standin.faults.add(match="queues.get_next_task", delay=4)
    task = bench.submit("pass")
    eventually(lambda: bench.standin.world.queues.get(bench.queue).entries == ())
    bench.compute.drain(machine.instance_id, "n1")
    bench.judged(machine, "n1")
    bench.standin.faults.clear()
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert bench.state(machine) == "living"


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_task_that_comes_with_the_drain_is_run_or_left_in_its_queue(
    round_: int, bench: ProcessBench
) -> None:
    """The order is written while the agent polls; each round comes a little later."""
    (machine,) = bench.launch()
    bench.compute.drain(machine.instance_id, "n1")
    Event().wait(round_ * 0.06)
    task = bench.submit("pass")
    eventually(lambda: bench.state(machine) == "gone" or "drain-refused" in bench.text(machine))
    if bench.state(machine) == "gone":
        assert bench.task(task).status is Status.QUEUED
        assert bench.standin.world.queues.get(bench.queue).position(task) == 0
    else:
        eventually(lambda: bench.task(task).status is Status.COMPLETED)


def test_two_slots_are_two_workers_and_one_machine(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.specs["team/cpu"].model_copy(update={"slots": 2})
    (machine,) = bench.launch()
    eventually(lambda: len(bench.standin.world.workers.all()) == 2)
    tasks = [bench.submit("import time; time.sleep(2)") for _ in range(2)]
    eventually(lambda: all(worker.task for worker in bench.standin.world.workers.all()))
    eventually(lambda: {bench.task(task).status for task in tasks} == {Status.COMPLETED})
    bench.compute.drain(machine.instance_id, "n1")
    assert eventually(lambda: bench.state(machine) == "gone")
    assert bench.standin.world.workers.all() == []


def test_a_signal_to_the_guard_leaves_the_task_to_be_brought_back(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    task = bench.submit(f"print('it runs', flush=True)\n{HOLD}")
    eventually(lambda: "it runs" in bench.standin.world.events.console(task))
    os.kill(int((bench.folder / machine.instance_id / "guard").read_text()), signal.SIGTERM)
    assert eventually(lambda: bench.state(machine) == "gone")
    assert living(bench.folder / machine.instance_id) == []
    assert bench.task(task).status is Status.IN_PROGRESS
    assert bench.task(task).last_worker == machine.worker
    assert bench.standin.world.workers.all() == []


def test_terminate_leaves_nothing_behind_but_the_task_to_be_brought_back(
    bench: ProcessBench,
) -> None:
    (machine,) = bench.launch()
    task = bench.submit(HOLD)
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    eventually(lambda: len(living(bench.folder / machine.instance_id)) > 2)
    bench.compute.terminate(machine.instance_id)
    assert bench.state(machine) == "gone"
    assert living(bench.folder / machine.instance_id) == []
    assert bench.task(task).status is Status.IN_PROGRESS
    assert bench.task(task).last_worker == machine.worker
