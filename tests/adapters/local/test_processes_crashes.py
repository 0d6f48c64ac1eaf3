"""Whatever dies when it should not: no machine is doubled, lost, or called gone too early."""

import os
import signal
from collections.abc import Callable, Iterator
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
from autoscaler.errors import UnavailableError
from autoscaler.ports import Ambiguous, Launched, Order, Refused
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


def test_a_guard_that_cannot_start_is_a_place_that_was_not_filled(bench: ProcessBench) -> None:
    Folders(bench.folder).root.mkdir()
    guard = Folders(bench.folder).guard
    real = guard.rename(guard.with_name(".real.pyz"))
    guard.write_text(
        "import runpy, sys\n"
        "if sys.argv[-1].endswith('-1'): sys.exit(7)\n"
        f"runpy.run_path({str(real)!r}, run_name='__main__')\n"
    )
    order = bench.order("a", count=3)
    request = bench.compute.render(order)
    for answer in (bench.compute.launch(order, request), bench.compute.launch(order, request)):
        assert isinstance(answer, Launched)
        assert [machine.position for machine in answer.machines] == [0, 2]
    assert len(bench.compute.machines()) == 2


def test_no_guard_that_can_start_is_a_refusal(bench: ProcessBench) -> None:
    Folders(bench.folder).root.mkdir()
    Folders(bench.folder).guard.write_text("raise SystemExit(7)")
    order = bench.order("a", count=2)
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert answer == Refused(code="CannotStart", detail="the guard left with exit code 7")
    assert bench.compute.machines() == []


def test_without_an_agent_nothing_starts(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.spec(command=("no-such-agent",))
    (problem,) = bench.compute.preflight()
    assert "pip install clearml-agent" in str(problem)
    order = bench.order("a")
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert answer.operator
    assert bench.compute.machines() == []


def test_a_replay_under_a_changed_configuration_tells_and_adds_nothing(
    bench: ProcessBench,
) -> None:
    order = bench.order("a", count=2)
    request = bench.compute.render(order)
    first = bench.compute.launch(order, request)
    bench.specs["team/cpu"] = bench.spec(slots=2)
    assert bench.compute.launch(order, request) == first


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda folder: (folder / "machine.json").write_text("{"), id="cut off"),
        pytest.param(lambda folder: (folder / "machine.json").unlink(), id="missing"),
        pytest.param(lambda folder: (folder / "ended").write_text("{}"), id="a broken mark"),
    ],
)
def test_what_cannot_be_read_is_never_left_out(
    spoil: Callable[[Path], object], bench: ProcessBench
) -> None:
    first, _ = bench.launch(count=2)
    folder = bench.folder / first.instance_id
    kept = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    spoil(folder)
    with pytest.raises(UnavailableError, match=first.instance_id):
        bench.compute.machines()
    (folder / "ended").unlink(missing_ok=True)
    for path, content in kept.items():
        path.write_bytes(content)


def test_a_folder_that_cannot_be_used_is_no_answer(bench: ProcessBench) -> None:
    bench.folder.write_text("a file")
    order = bench.order("a")
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Ambiguous)
    assert [problem.field for problem in bench.compute.preflight()] == ["folder"]
    with pytest.raises(UnavailableError):
        bench.compute.machines()
    bench.folder.unlink()


def test_the_dead_are_listed_for_a_day(bench: ProcessBench) -> None:
    bench.clock = clock = FixedClock(SystemClock().now())
    bench.compute = bench.processes("test")
    (machine,) = bench.launch()
    clock.advance(timedelta(days=30))
    assert states(bench) == ["living"]
    clock.advance(timedelta(days=-30))
    bench.compute.terminate(machine.instance_id)
    clock.advance(timedelta(hours=23))
    assert states(bench) == ["gone"]
    assert list(bench.compute.log(machine.instance_id))
    clock.advance(timedelta(hours=2))
    assert states(bench) == []
    assert list(bench.compute.log(machine.instance_id)) == []


def test_a_log_is_followed_to_the_end(bench: ProcessBench) -> None:
    (machine,) = bench.launch()
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(lambda: list(bench.compute.log(machine.instance_id, follow=True)))
        os.kill(guard_of(bench, machine).pid, signal.SIGTERM)
        lines = followed.result(10)
    assert lines[0].endswith(f"guard-started pid={machine_pid(bench, machine)}")
    assert lines[-1].endswith('guard ended reason="told to by a signal"')


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
