"""When a machine's time is over, and what a guard knows that comes after another."""

import json
from pathlib import Path
from typing import Any

import pytest

from autoscaler.machine.guard.limits import Limits
from autoscaler.machine.guard.memory import Memory

BOOTS = Path("/proc/sys/kernel/random/boot_id")
SETTINGS = {"boot": 100.0, "idle": 50.0, "life": 1000.0, "task": 0.0}


def worker(task: str = "") -> dict[str, Any]:
    return {"id": "w", **({"task": {"id": task}} if task else {})}


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path, lasts=True)


def overdue(told: str) -> int:
    return told.count("task-overdue")


@pytest.mark.parametrize(
    ("last", "now", "reason"),
    [
        pytest.param(None, 99.0, "idle for 99 s", id="before the boot deadline it may be idle"),
        pytest.param(None, 101.0, "no worker was registered within 100 s", id="never registered"),
        pytest.param(worker(), 50.0, "", id="idle, not for long"),
        pytest.param(worker(), 51.0, "idle for 51 s", id="idle for too long"),
        pytest.param(worker("t"), 50.0, "", id="it worked just now"),
        pytest.param(worker("t"), 1001.0, "idle for 1001 s", id="and not since"),
    ],
)
def test_the_limit_that_is_reached(
    last: dict[str, Any] | None, now: float, reason: str, memory: Memory
) -> None:
    limits = Limits(SETTINGS, memory, 0.0)
    if last:
        limits.saw([last], 0.0)
    assert limits.reached(now) == reason


def test_a_machine_that_works_outlives_its_lifetime(memory: Memory) -> None:
    limits = Limits(SETTINGS, memory, 0.0)
    limits.saw([worker("t")], 1001.0)
    assert limits.reached(1001.0) == ""
    limits.saw([worker()], 1002.0)
    assert limits.reached(1002.0) == "lived for 1002 s and has no task"


def test_a_task_that_takes_too_long_is_told_once(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = Limits({**SETTINGS, "task": 60.0}, memory, 0.0)
    limits.saw([worker("t")], 10.0)
    limits.saw([worker("t")], 70.0)
    assert overdue(capsys.readouterr().out) == 0
    limits.saw([worker("t")], 71.0)
    limits.saw([worker("t")], 200.0)
    told = capsys.readouterr().out
    assert overdue(told) == 1
    assert 'worker="w" task="t" seconds=61 limit=60.0' in told


def test_each_task_has_its_own_time(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    limits = Limits({**SETTINGS, "task": 60.0}, memory, 0.0)
    for now in range(0, 600, 50):
        limits.saw([worker(f"t{now}")], now)
    assert overdue(capsys.readouterr().out) == 0


def test_no_task_takes_too_long_without_a_limit(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = Limits(SETTINGS, memory, 0.0)
    limits.saw([worker("t")], 0.0)
    limits.saw([worker("t")], 10**9)
    assert overdue(capsys.readouterr().out) == 0


def test_the_next_guard_goes_on_counting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {**SETTINGS, "task": 60.0}
    first = Limits(settings, Memory(tmp_path, lasts=True), 0.0)
    first.saw([worker("t")], 0.0)
    first.saw([worker("t")], 70.0)
    first.saw([worker()], 100.0)
    second = Limits(settings, Memory(tmp_path, lasts=True), 500.0)
    assert second.reached(519.0) == "", "it was idle for 30 s, and nobody watched for 400 s"
    assert second.reached(521.0) == "idle for 51 s"
    second.saw([worker("u")], 1001.0)
    second.saw([worker()], 1002.0)
    assert second.reached(1002.0) == "lived for 1002 s and has no task"
    assert overdue(capsys.readouterr().out) == 1


def test_the_next_guard_does_not_tell_of_a_task_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for now in (0.0, 70.0, 140.0):
        limits = Limits({**SETTINGS, "task": 60.0}, Memory(tmp_path, lasts=True), now)
        limits.saw([worker("t")], now)
    assert overdue(capsys.readouterr().out) == 1


@pytest.mark.skipif(not BOOTS.exists(), reason="only Linux says which boot this is")
def test_nothing_is_remembered_beyond_a_boot(tmp_path: Path, memory: Memory) -> None:
    memory.keep(born=5.0)
    assert Memory(tmp_path, lasts=True).get("born", 0.0) == 5.0
    told = json.loads((tmp_path / "memory").read_text())
    (tmp_path / "memory").write_text(json.dumps({**told, "boot": "another"}))
    assert Memory(tmp_path, lasts=True).get("born", 0.0) == 0.0


def test_where_all_agents_die_with_their_guard_nothing_is_written(tmp_path: Path) -> None:
    Memory(tmp_path, lasts=False).keep(born=5.0)
    assert list(tmp_path.iterdir()) == []


def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("{")
    assert Memory(tmp_path, lasts=True).get("born", 7.0) == 7.0
