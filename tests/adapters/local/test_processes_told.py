"""What is said of machines that cannot start, cannot be read, or are long gone."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from autoscaler.adapters.local.processes.folders import Folders
from autoscaler.adapters.local.system import SystemClock
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.errors import UnavailableError
from autoscaler.ports import Ambiguous, Launched, Refused
from tests.machine.process_bench import ProcessBench, process_bench

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    with process_bench(tmp_path) as bench:
        yield bench


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


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"command": ("no-such-agent",)}, "agent", id="no agent"),
        pytest.param({"python": "no-such-python"}, "task_python", id="no Python"),
        pytest.param({"slots": 2, "gpus": ("0",)}, "gpus", id="too few GPUs"),
    ],
)
def test_what_is_wrong_is_named_as_in_the_configuration(
    bench: ProcessBench, changes: dict[str, object], key: str
) -> None:
    bench.specs["team/cpu"] = bench.spec(**changes)
    (problem,) = bench.compute.preflight()
    assert problem.field == f"autoscalers[team].resources[cpu].{key}"


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
    assert [problem.field for problem in bench.compute.preflight()] == ["workdir"]
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
    guard_pid = int((bench.folder / machine.instance_id / "guard").read_text())
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(lambda: list(bench.compute.log(machine.instance_id, follow=True)))
        os.kill(guard_pid, signal.SIGTERM)
        lines = followed.result(10)
    assert lines[0].endswith(f"guard-started pid={guard_pid}")
    assert lines[-1].endswith('guard ended reason="told to by a signal"')


def states(bench: ProcessBench) -> list[str]:
    return [machine.state for machine in bench.compute.machines()]
