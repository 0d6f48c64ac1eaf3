"""A guard is looked for by people who wait for a machine: it comes up quickly."""

import os
import statistics
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from autoscaler.machine.guard.processes import MARK
from tests.machine.guard_bench import GuardBench

RUNS, LIMIT = 5, 150.0  # milliseconds of one core

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="Linux counts that"),
]


def full_pipe() -> tuple[int, int]:
    """Whoever writes to it stands still."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def cost(bench: GuardBench, folder: Path) -> float:
    """Of the guard, until its first line: "guard-started"."""
    reader, writer = full_pipe()
    guard = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", str(bench.program), str(folder)],
        env={MARK: str(folder)},
        stdout=writer,
        start_new_session=True,
    )
    try:
        spent, before = _spent(guard.pid), -1.0
        while spent != before:
            Event().wait(0.2)
            spent, before = _spent(guard.pid), spent
    finally:
        guard.kill()
        guard.wait()
        os.close(writer)
        told = os.read(reader, 1 << 20)
        os.close(reader)
    assert b"guard" not in told, "it stood still in time"
    return spent


def _spent(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def test_the_start_costs_little_of_a_processor(bench: GuardBench) -> None:
    machine = bench.machine(settings={"source": "ec2", "keeper": "systemd"})
    found = [cost(bench, machine.path) for _ in range(RUNS)]
    print(f"guard-started after {[round(one) for one in found]} ms of CPU")
    assert statistics.median(found) < LIMIT
