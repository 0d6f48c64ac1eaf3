"""The power switch of a sandbox's machine. `power.py FOLDER` is what it runs to end itself."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep

import psutil

MARK = "SANDBOX_MACHINE"  # in the environment of each process of a machine: its folder
_LOOKS = 2


def living(folder: Path) -> list[psutil.Process]:
    """All processes of the machine but this one."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _carries(process, str(folder))
    ]


def power_off(folder: Path, why: str) -> None:
    """Nothing of it runs any more. The first one is right about the reason.

    Two looks in a row must find nothing: a process has no environment while it becomes another.
    """
    with suppress(FileExistsError), (folder / "off").open("x") as mark:
        mark.write(why)
    empty = 0
    while empty < _LOOKS:
        found = living(folder)
        for end in (psutil.Process.suspend, psutil.Process.kill):
            for process in found:
                with suppress(psutil.Error):
                    end(process)
        empty = 0 if found else empty + 1
        sleep(0.02)


def _carries(process: psutil.Process, folder: str) -> bool:
    try:
        alive = process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return alive and process.environ().get(MARK) == folder
    except (psutil.Error, OSError):
        return False


if __name__ == "__main__":
    power_off(Path(sys.argv[1]), "it powered itself off")
