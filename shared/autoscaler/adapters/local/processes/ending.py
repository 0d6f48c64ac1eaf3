"""The end of processes. A process is known by what it carries, never by a remembered number."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from autoscaler.machine.guard.processes import MARK


def living(folder: Path) -> list[psutil.Process]:
    """What lives of a machine: guard, agents, tasks, and what these have started."""
    everyone = list(psutil.process_iter())
    marked = [process for process in everyone if _carries(process, str(folder))]
    sessions = {_session(process.pid) for process in marked} - {_session(os.getpid()), None}
    found = {*marked, *_children(marked), *(p for p in everyone if _session(p.pid) in sessions)}
    return [process for process in found if process.pid != os.getpid() and _lives(process)]


def kill(processes: list[psutil.Process]) -> None:
    """All stand still before the first one dies: who sees its child die calls the task failed."""
    for end in (psutil.Process.suspend, psutil.Process.kill):
        for process in processes:
            with suppress(psutil.Error):  # psutil refuses a number that has a new owner
                end(process)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _carries(process: psutil.Process, folder: str) -> bool:
    try:
        return process.environ().get(MARK) == folder
    except (psutil.Error, OSError):
        return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _children(processes: list[psutil.Process]) -> Iterator[psutil.Process]:
    for process in processes:
        with suppress(psutil.Error):
            yield from process.children(recursive=True)
