"""Agents in units of systemd: the guard may die and come again, and nothing else does."""

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autoscaler.adapters.local.processes.ending import living
from autoscaler.adapters.local.processes.folders import MachineFolder
from autoscaler.world.clearml import Status
from tests.machine.guard_bench import (
    GuardBench,
    agents_of,
    frozen,
    kill_guard,
    log_of,
    reason_of,
    says,
)
from tests.machine.process_bench import FAKE, HOLD, eventually
from tests.machine.unit_bench import Units

pytestmark = pytest.mark.slow

ALIVE = 0


@pytest.fixture
def units(bench: GuardBench) -> Iterator[Units]:
    yield Units(bench)
    bench.clean_up()


def until(path: Path) -> str:
    """A task that ends when this file exists."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)"


def next_guard(bench: GuardBench, machine: MachineFolder) -> None:
    kill_guard(machine)
    bench.guards[-1].wait(10)
    bench.start(machine)


def test_each_slot_is_a_unit_and_no_child_of_the_guard(bench: GuardBench, units: Units) -> None:
    machine, guard = units.running(slots=2)
    assert {one.pid for one in agents_of(machine)} == {units.pid(0), units.pid(1)}
    assert not {*psutil.Process(guard.pid).children(recursive=True)} & {*agents_of(machine)}
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert bench.workers() == []
    assert living(machine.path) == []


def test_only_the_agent_stands_still_in_a_drain_that_is_judged(
    bench: GuardBench, units: Units
) -> None:
    machine, _ = units.running(settings={"freeze": 600})
    machine.order("n1")
    eventually(lambda: frozen(machine))
    kill_guard(machine)
    eventually(lambda: not frozen(machine))
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)


def test_a_guard_that_is_killed_takes_no_agent_and_no_task_with_it(
    bench: GuardBench, units: Units, tmp_path: Path
) -> None:
    machine, _ = units.running(slots=2)
    task = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    before = {one.pid for one in agents_of(machine)}
    next_guard(bench, machine)
    eventually(lambda: log_of(machine).count("agent-adopted") == 2)
    assert {one.pid for one in agents_of(machine)} == before
    (tmp_path / "may-end").touch()
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    eventually(bench.rests)
    machine.order("n1")
    assert reason_of(machine) == "drained"
    assert (units.runs(0), units.runs(1)) == (1, 1)


def test_an_adopted_agent_that_dies_is_mourned_and_started_again(
    bench: GuardBench, units: Units
) -> None:
    machine, _ = units.running()
    next_guard(bench, machine)
    assert says(machine, "agent-adopted")
    psutil.Process(units.pid()).kill()
    assert says(machine, 'how="it left with exit code 9 (signal)"')
    eventually(lambda: units.runs() == 2)


def test_the_next_guard_finds_no_agent_frozen(bench: GuardBench, units: Units) -> None:
    """Systemd may kill what was to wake them together with the guard."""
    machine, guard = units.running()
    kill_guard(machine)
    guard.wait(10)
    agents_of(machine)[0].suspend()
    bench.start(machine)
    eventually(lambda: not frozen(machine))
    assert says(machine, "agent-adopted")


def test_the_next_guard_ends_a_task_whose_agent_died_without_one(
    bench: GuardBench, units: Units
) -> None:
    machine, guard = units.running()
    task = bench.submit(HOLD)
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    agent = psutil.Process(units.pid())
    orphan = eventually(agent.children)[0]
    kill_guard(machine)
    guard.wait(10)
    agent.kill()
    assert bench.start(machine).wait(10) == ALIVE
    assert orphan not in living(machine.path)
    assert reason_of(machine).endswith(" died under its task")
    assert units.runs() == 1


def test_an_agent_that_dies_is_started_again(bench: GuardBench, units: Units) -> None:
    machine, _ = units.running()
    agents_of(machine)[0].kill()
    assert says(machine, 'how="it left with exit code 9 (signal)"')
    eventually(lambda: units.runs() == 2)
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)


def test_agents_that_cannot_live_end_the_machine_with_their_reason(
    bench: GuardBench, units: Units
) -> None:
    machine = units.machine(command=(*FAKE, "--dies", ""))
    assert bench.start(machine).wait(30) == ALIVE
    assert reason_of(machine) == "the agent died 6 times: it left with exit code 3 (exit-code)"
    assert units.runs() == 6


def test_a_supervisor_that_refuses_is_quoted(bench: GuardBench, units: Units) -> None:
    machine = units.machine()
    units.install(["/bin/sh", "-c", '[ "$0" = show ] || { echo "no such unit" >&2; exit 5; }'])
    assert bench.start(machine).wait(30) == ALIVE
    assert reason_of(machine) == "the agent died 6 times: no such unit"


def test_the_end_leaves_nothing_of_the_units(bench: GuardBench, units: Units) -> None:
    machine, guard = units.running(settings={"boot": 600}, slots=2)
    task = bench.submit(HOLD)
    eventually(lambda: any(agent.children() for agent in agents_of(machine)))
    guard.terminate()
    assert guard.wait(10) == ALIVE
    assert bench.task(task).status is Status.IN_PROGRESS
    assert living(machine.path) == []
    assert (units.runs(0), units.runs(1)) == (1, 1)


def test_a_guard_that_comes_again_goes_on_counting(bench: GuardBench, units: Units) -> None:
    machine, _ = units.running(settings={"idle": 600})
    eventually(lambda: json.loads((machine.path / "memory").read_text()).get("idle", 0) > 1)
    born = json.loads((machine.path / "memory").read_text())["born"]
    next_guard(bench, machine)
    eventually(lambda: "agent-adopted" in log_of(machine))
    eventually(lambda: len(bench.standin.log.of("workers.get_all")) > 20)
    after = json.loads((machine.path / "memory").read_text())
    assert after["born"] == born
    assert after["idle"] > 1
    assert after["registered"]
