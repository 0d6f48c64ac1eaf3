"""One slot: a clearml-agent, started again when it dies, a few times, unless under a task."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Mapping, NoReturn  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard import settings as written
from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.login import Login
from autoscaler.machine.guard.processes import MARK

RESTARTS = 5
HEALTHY = 600.0  # who lives that long dies for a new reason


class Agent:
    """What all keepers of agents have in common; `start`, `pids` and `obituary` are theirs.

    `pause` is how many seconds its first death costs; each further one costs twice as many.
    """

    def __init__(self, settings: Mapping[str, Any], pause: float) -> None:
        self.settings, self._pause = settings, pause
        self.worker: str = settings["worker"]
        self._deaths, self._started, self._start_at = 0, 0.0, 0.0
        self._up = False
        self.sessions: set[int] = set()
        self.broken = ""  # why it is not started any more
        self.retired = False  # the same, because the machine is to end

    def start(self) -> int:
        """Start it; its process. Raises OSError when it cannot be started."""
        raise NotImplementedError

    @property
    def pids(self) -> list[int]:
        """Its process, while it runs: that of the agent, not those of its task."""
        raise NotImplementedError

    def obituary(self) -> str:
        """How it died."""
        raise NotImplementedError

    def died(self, now: float) -> bool:
        """Whether it did so since it was asked last."""
        if not self._up or self.pids:
            return False
        self._up = False
        self._mourn(self.obituary(), now)
        return True

    def due(self, now: float) -> bool:
        """Whether it is to be started now."""
        waits = self._up or self.pids or now < self._start_at
        return not (waits or self.retired or self.broken)

    def begin(self, now: float) -> None:
        """Start it, or note that this failed."""
        self._started = now
        try:
            pid = self.start()
        except OSError as error:
            self._mourn(str(error), now)
            return
        self.sessions, self._up = {pid}, True
        say("agent-started", worker=self.worker, pid=pid)

    def give_up(self, reason: str) -> None:
        self.broken = reason
        say("slot-given-up", worker=self.worker, reason=reason)

    def killed(self, now: float) -> None:
        """The guard did it: nobody to mourn for. Its keeper gets a moment to see it, too."""
        self._up, self._start_at = False, now + self._pause

    def _mourn(self, how: str, now: float) -> None:
        self._deaths = 1 if now - self._started > HEALTHY else self._deaths + 1
        self._start_at = now + self._pause * 2 ** (self._deaths - 1)
        say("agent-died", worker=self.worker, deaths=self._deaths, how=how)
        if self._deaths > RESTARTS:
            self.give_up(f"the agent died {self._deaths} times: {how}")


class Child(Agent):
    """A child of the guard. It inherits `lock`: locked means that somebody lives."""

    def __init__(
        self, settings: Mapping[str, Any], pause: float, *, folder: Path, login: Login, lock: int
    ) -> None:
        super().__init__(settings, pause)
        self._folder, self._login, self._lock = folder, login, lock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        alive = self._process is not None and self._process.poll() is None
        return [self._process.pid] if self._process and alive else []

    def start(self) -> int:
        self._process = subprocess.Popen(  # noqa: S603 - the operator's command
            self.settings["command"],
            cwd=str(self._folder),
            env={**self._login.environment, **self.settings["environment"]},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[self._lock],
        )
        return self._process.pid

    def obituary(self) -> str:
        return f"it left with exit code {self._process.returncode if self._process else None}"


def become(folder: Path, slot: int) -> NoReturn:
    """Turn this very process into the agent of the slot: what a unit of systemd starts."""
    one = written.load(folder)["agents"][slot]
    login = Login(folder, os.environ)  # noqa: TID251 - this runs on the machine
    os.chdir(str(folder))
    environment = {**login.environment, **one["environment"], MARK: str(folder)}
    os.execvpe(one["command"][0], one["command"], environment)  # noqa: S606 - the operator's
