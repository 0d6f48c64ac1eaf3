"""Agents that systemd keeps: they live on when the guard dies, and the next guard finds them."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.agent import Agent
from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.processes import send

PATIENCE = 30.0
UNIT = "clearml-agent@{}.service"


class Unit(Agent):
    """Agent `slot` of the machine, in a unit of its own.

    `sessions` are what the guard before this one knew of it: a task of a dead agent among them.
    """

    def __init__(
        self, settings: Mapping[str, Any], pause: float, *, slot: int, sessions: set[int]
    ) -> None:
        super().__init__(settings, pause)
        self._unit, self._pid, self._born = UNIT.format(slot), 0, b""
        self.sessions, self._looked = sessions, False

    @property
    def pids(self) -> list[int]:
        """Known by its number and by when it was born: numbers are used again."""
        alive = self._born and _birth(self._pid) == self._born
        return [self._pid] if alive else []

    def died(self, now: float) -> bool:
        if self._looked:
            return super().died(now)
        self._looked = True
        return self._is_dead()

    def start(self) -> int:
        _systemctl("start", self._unit)
        pid = self._main_pid()
        self._pid, self._born = pid, _birth(pid)
        if not self.pids:
            raise OSError(self.obituary())
        return pid

    def obituary(self) -> str:
        shown = self._show("Result", "ExecMainStatus")
        return f"it left with exit code {shown.get('ExecMainStatus')} ({shown.get('Result')})"

    def _is_dead(self) -> bool:
        """Adopt what lives already; the guard that froze it may have died meanwhile."""
        pid = self._main_pid()
        self._pid, self._born = pid, _birth(pid)
        if not self.pids:
            return bool(self.sessions)
        self._up = True
        send(signal.SIGCONT, self.pids)
        self.sessions = {*self.sessions, pid}
        say("agent-adopted", worker=self.worker, pid=pid)
        return False

    def _main_pid(self) -> int:
        return int(self._show("MainPID").get("MainPID") or 0)

    def _show(self, *names: str) -> dict[str, str]:
        told = _systemctl("show", self._unit, "--property=" + ",".join(names))
        return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)


def _systemctl(*arguments: str) -> str:
    """What it prints. Raises OSError when it fails, or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["systemctl", *arguments],  # noqa: S607 - wherever it is
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"systemctl {arguments[0]} took more than {PATIENCE:.0f} s") from error
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip() or str(done.returncode))
    return done.stdout.decode()


def _birth(pid: int) -> bytes:
    """When the process was started, in the kernel's words; empty when it lives no more."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return b""
    return b"" if state == b"Z" else fields[18]
