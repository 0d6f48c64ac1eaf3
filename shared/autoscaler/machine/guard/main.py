"""How the guard comes up: at most one per machine, and none after its end."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine

from autoscaler.machine.guard import settings
from autoscaler.machine.guard.agent import become
from autoscaler.machine.guard.guard import Guard, power_off
from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.processes import MARK

ALIVE, TAKEN, OVER = 0, 3, 4  # exit codes: it lives, another guard has it, it has ended


def main(arguments: list[str]) -> int:
    if arguments[0] == "agent":
        become(Path(arguments[1]).resolve(), int(arguments[2]))
    folder = Path(arguments[-1]).resolve()
    lock = os.open(str(folder / "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    if not _taken(lock):
        return TAKEN
    told = settings.load(folder)
    if (folder / "ended").exists():
        power_off(told)  # the guard before may not have come so far
        return OVER
    os.environ[MARK] = str(folder)  # noqa: TID251 - this runs on the machine
    guard = Guard(folder, told, lock)
    if "--detach" in arguments and os.fork():
        os._exit(ALIVE)  # the child holds the lock: whoever waited knows that the machine lives
    (folder / "guard").write_text(str(os.getpid()))
    say("guard-started", pid=os.getpid())
    guard.finish(guard.run())
    return ALIVE


def _taken(lock: int) -> bool:
    """Take the lock. Who only looks holds it for a blink, so one refusal says nothing."""
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(0.05)
        else:
            return True
    return False
