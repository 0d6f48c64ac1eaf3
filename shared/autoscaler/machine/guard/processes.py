"""The processes of the machine: which are left, how agents stand still, how all end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine
from typing import Collection, Iterator  # noqa: UP035 - Python 3.8

MARK = "AUTOSCALER_MACHINE"  # in the environment of each process of a machine: its folder


def left(sessions: Collection[int], folder: Path | None = None) -> set[int]:
    """All but this one and the dead that are of these sessions, or marked with the folder."""
    if not Path("/proc/self/stat").exists():
        return _left_by_group(sessions)
    mark = f"{MARK}={folder}".encode()
    found = {int(one.name) for one in Path("/proc").glob("[0-9]*")} - {os.getpid()}
    return {pid for pid in found if _belongs(Path(f"/proc/{pid}"), mark, sessions)}


def _belongs(process: Path, mark: bytes, sessions: Collection[int]) -> bool:
    try:
        text = (process / "stat").read_bytes()
        state, _, _, session = text.rpartition(b")")[2].split()[:4]
        if state == b"Z":
            return False
        return int(session) in sessions or mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is another user's
        return False


def _left_by_group(groups: Collection[int]) -> set[int]:
    listing = ["/bin/ps", "-A", "-o", "pid=,pgid=,stat="]
    rows = subprocess.check_output(listing).decode().splitlines()  # noqa: S603 - a constant
    found = (row.split()[:3] for row in rows)
    return {int(pid) for pid, group, state in found if int(group) in groups and state[0] != "Z"}


@contextlib.contextmanager
def frozen(pids: Collection[int]) -> Iterator[None]:
    """They stand still inside, and go on after it: also when this very process is killed."""
    names = [str(pid) for pid in pids]
    script = ["/bin/sh", "-c", 'read -r over || kill -CONT "$@"', "sh", *names]
    lifeline = subprocess.Popen(script, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
    try:
        send(signal.SIGSTOP, pids)
        yield
    finally:
        send(signal.SIGCONT, pids)
        lifeline.communicate(b"over\n")


def send(number: int, pids: Collection[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def sweep(sessions: Collection[int], folder: Path | None = None) -> None:
    """Kill what is left until nothing is.

    All stand still before the first one dies: who sees its child die calls the task failed.
    """
    pids = left(sessions, folder)
    while pids:
        moving = pids
        while moving:
            send(signal.SIGSTOP, moving)
            seen, pids = pids, left(sessions, folder)
            moving = pids - seen
        send(signal.SIGKILL, pids)
        sleep(0.05)
        pids = left(sessions, folder)


def remove_containers(label: str) -> None:
    """Containers outlive the client that started them: remove those with this label."""
    docker = shutil.which("docker") if label else None
    if docker is None:
        return
    listing = [docker, "ps", "--all", "--quiet", "--filter", f"label={label}"]
    found = subprocess.run(listing, stdout=subprocess.PIPE, check=False).stdout.split()  # noqa: S603
    if found:
        subprocess.run([docker, "rm", "--force", *map(bytes.decode, found)], check=False)  # noqa: S603
