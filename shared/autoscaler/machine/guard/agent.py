"""One slot: a clearml-agent, started again when it dies, a few times."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.processes import left

RESTARTS = 5
HEALTHY = 600.0  # who lives that long dies for a new reason


class Agent:
    """`lock` is an open file that the agent inherits: locked means that somebody lives.

    `pause` is how many seconds its first death costs; each further one costs twice as many.
    """

    def __init__(
        self, settings: Mapping[str, Any], folder: Path, *, lock: int, pause: float
    ) -> None:
        self._settings, self._folder, self._lock, self._pause = settings, folder, lock, pause
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths, self._started, self._start_at = 0, 0.0, 0.0
        self.sessions: set[int] = set()
        self.broken = ""  # why it is not started any more

    @property
    def pids(self) -> list[int]:
        """Its process, while it runs."""
        alive = self._process is not None and self._process.poll() is None
        return [self._process.pid] if self._process and alive else []

    def tend(self, now: float) -> None:
        """Start it when it is not there, unless it is beyond repair."""
        if self._process is None:
            # A task whose agent died may still end well: it is waited for.
            if not (self.broken or now < self._start_at or left(self.sessions)):
                self._start(now)
        elif not self.pids:
            code, self._process = self._process.returncode, None
            self._mourn(f"it left with exit code {code}", now)

    def _start(self, now: float) -> None:
        self._started = now
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the operator's command
                self._settings["command"],
                cwd=str(self._folder),
                env={**os.environ, **self._settings["environment"]},  # noqa: TID251 - on the machine
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[self._lock],
            )
        except OSError as error:
            self._mourn(str(error), now)
            return
        self.sessions = {self._process.pid}
        say("agent-started", worker=self._settings["worker"], pid=self._process.pid)

    def _mourn(self, how: str, now: float) -> None:
        self._deaths = 1 if now - self._started > HEALTHY else self._deaths + 1
        self._start_at = now + self._pause * 2 ** (self._deaths - 1)
        say("agent-died", worker=self._settings["worker"], deaths=self._deaths, how=how)
        if self._deaths > RESTARTS:
            self.broken = f"the agent died {self._deaths} times: {how}"
            say("slot-given-up", worker=self._settings["worker"], reason=self.broken)
