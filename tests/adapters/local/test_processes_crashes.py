"""Whatever dies when it should not: no machine is doubled, lost, or called gone too early."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from autoscaler.adapters.local.processes import layout
from autoscaler.adapters.local.processes.ending import kill, living
from autoscaler.adapters.local.processes.folders import Folders
from autoscaler.adapters.local.processes.records import LaunchRecord, digest
from autoscaler.adapters.local.system import SystemClock
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.core.seen import Machine
from autoscaler.ports import Launched, Order
from tests.machine.process_bench import HOLD, ProcessBench, eventually, process_bench

pytestmark = pytest.mark.slow

SOON, LATER = timedelta(seconds=59), timedelta(seconds=61)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    with process_bench(tmp_path) as bench:
        yield bench


def test_two_launchers_at_once_start_one_machine(bench: ProcessBench) -> None:
    order = bench.order("a")
    request = bench.compute.render(order)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(bench.processes("test").launch, order, request) for _ in range(4)]
    answers = [call.result() for call in calls]
    assert answers == [answers[0]] * 4
    (machine,) = bench.compute.machines()
    bench.up(machine)
    assert bench.text(machine).count("agent-started") == 1


@pytest.mark.parametrize("written", ["the launch", "the machine"])
def test_a_launch_that_was_cut_off_is_completed_by_its_replay(
    written: str, bench: ProcessBench
) -> None:
    order = bench.order("a", count=2)
    cut_off(bench, order, machine=written == "the machine")
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Launched)
    assert [machine.state for machine in answer.machines] == ["living"] * 2
    for machine in answer.machines:
        bench.up(machine)


def test_what_was_cut_off_counts_until_it_can_no_longer_come_up(bench: ProcessBench) -> None:
    bench.clock = clock = FixedClock(SystemClock().now())
    bench.compute = bench.processes("test")
    order = bench.order("a")
    cut_off(bench, order, machine=True)
    clock.advance(SOON)
    assert states(bench) == ["living"]
    clock.advance(LATER - SOON)
    assert states(bench) == ["gone"]
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Launched)
    assert [machine.state for machine in answer.machines] == ["gone"]


def test_a_machine_whose_guard_died_lives_and_can_be_ended(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    guard_of(bench, machine).kill()
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status == "completed")
    assert states(bench) == ["living"]
    bench.compute.terminate(machine.instance_id)
    assert states(bench) == ["gone"]


def test_a_task_that_outlived_guard_and_agent_is_not_called_gone(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    bench.submit(HOLD)
    (agent,) = guard_of(bench, machine).children()
    task = eventually(agent.children)[0]
    kill([guard_of(bench, machine), agent])
    eventually(lambda: living(bench.folder / machine.instance_id) == [task])
    assert states(bench) == ["living"]
    task.kill()
    assert eventually(lambda: states(bench) == ["gone"])
    assert bench.compute.machines()[0].detail == "it vanished"


def test_terminate_reaches_what_a_task_hid_in_a_session_of_its_own(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    task = bench.submit("import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(600)")
    eventually(lambda: bench.task(task).status == "completed")
    assert len(living(bench.folder / machine.instance_id)) == 3
    bench.compute.terminate(machine.instance_id)
    assert living(bench.folder / machine.instance_id) == []


def test_terminate_that_was_cut_off_is_completed_by_the_guard(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    folder = Folders(bench.folder).find(machine.instance_id)
    assert folder
    folder.end("terminated")
    assert eventually(lambda: states(bench) == ["gone"])


def test_another_process_that_got_the_number_of_a_dead_one_is_left_alone(
    bench: ProcessBench,
) -> None:
    (machine,) = bench.launch()
    (bench.folder / machine.instance_id / "guard").write_text(str(os.getpid()))
    bench.compute.terminate(machine.instance_id)
    assert states(bench) == ["gone"]


def cut_off(bench: ProcessBench, order: Order, *, machine: bool) -> None:
    """A launcher died when it had written the launch, or its first machine as well."""
    request_sha = digest(bench.compute.render(order).encode())
    granted: dict[int, tuple[str, ...]] = dict.fromkeys(range(len(order.indexes)), ())
    folders, spec = Folders(bench.folder), bench.specs["team/cpu"]
    with folders.alone():
        folders.remember(order.token, LaunchRecord(request_sha=request_sha, granted=granted))
    if machine:
        record = layout.machine_record(
            order,
            spec,
            0,
            root=folders.root,
            gpus=(),
            now=bench.clock.now(),
            request_sha=request_sha,
        )
        folders.create(record.machine.instance_id, layout.files(record, spec, folders.root))


def guard_of(bench: ProcessBench, machine: Machine) -> psutil.Process:
    return psutil.Process(machine_pid(bench, machine))


def machine_pid(bench: ProcessBench, machine: Machine) -> int:
    return int((bench.folder / machine.instance_id / "guard").read_text())


def states(bench: ProcessBench) -> list[str]:
    return [machine.state for machine in bench.compute.machines()]
