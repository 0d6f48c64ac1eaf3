"""The guard itself: the life of one machine, from its agents' start to its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from time import monotonic, sleep  # noqa: TID251 - this runs on the machine
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.clearml import Look, Server, UnknownError
from autoscaler.machine.guard.crew import Crew
from autoscaler.machine.guard.journal import mark_ended, say, trim_log
from autoscaler.machine.guard.leaving import Leaving
from autoscaler.machine.guard.limits import Limits
from autoscaler.machine.guard.login import Login
from autoscaler.machine.guard.memory import Memory
from autoscaler.machine.guard.metadata import Ec2, Gce
from autoscaler.machine.guard.orders import FileOrders, Orders
from autoscaler.machine.guard.processes import remove_containers, sweep


class Guard:
    """Supervises the agents of one machine. `lock` is the open file that says that it lives."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], lock: int) -> None:
        self._folder, self._settings = folder, settings
        memory = Memory(folder, lasts=settings["keeper"] == "systemd")
        login = Login(folder, os.environ)  # noqa: TID251 - this runs on the machine
        server = Server(login.environment, login.renew)
        self._look = Look(server, settings["worker"], settings["queues"])
        self._limits = Limits(settings, memory, monotonic())
        self._crew = Crew(settings, folder, lock=lock, login=login, memory=memory, look=self._look)
        self._orders = _orders(settings, folder)
        self._leaving = Leaving(settings, self._orders, self._crew, self._limits, login)
        self._probe_at, self._told = 0.0, ""

    def run(self) -> str:
        """Supervise until the machine has to end; returns why."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "_told", "told to by a signal"))
        self._orders.start()
        while True:
            try:
                reason = self._told or self._step(monotonic())
            except OSError as error:  # no process, memory or disk space just now
                say("trouble", error=repr(error))
                reason = ""
            if reason:
                return reason
            sleep(self._settings["poll"])

    def finish(self, reason: str) -> None:
        """End all that belongs to the machine; only then say that it has ended.

        Nobody is told to leave: an agent would call its task aborted by a user, and nobody would
        bring it back. A task that is killed stays in progress, and is found to be lost.
        """
        say("ending", reason=reason)
        sweep(self._crew.sessions, self._folder)
        remove_containers(self._settings["containers"])
        self._crew.unregister()
        say("ended", reason=reason)
        mark_ended(self._folder / "ended", reason)
        for name in self._settings["scratch"]:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        sleep(max(0.0, self._leaving.taken_by - monotonic()))
        power_off(self._settings)

    def _step(self, now: float) -> str:
        if (self._folder / "ended").exists():
            return "terminated"
        self._crew.tend(now)
        trim_log()
        if now >= self._probe_at:
            self._probe(now)
        return self._crew.worn_out() or self._leaving.reason(now)

    def _probe(self, now: float) -> None:
        self._probe_at = now + self._settings["probe"]
        try:
            self._limits.saw(self._look.workers(), now)
        except UnknownError as error:
            say("clearml-unreachable", error=str(error))
            self._limits.works(now, busy=self._crew.works())


def power_off(settings: Mapping[str, Any]) -> None:
    """The end of the computer, if it is the machine."""
    if settings["power_off"]:
        say("power-off")
        subprocess.run(settings["power_off"], check=False)  # noqa: S603 - the operator's


def _orders(settings: Mapping[str, Any], folder: Path) -> Orders:
    if settings["source"] == "file":
        return FileOrders(folder)
    cloud = {"ec2": Ec2, "gce": Gce}[settings["source"]]
    return cloud(settings["metadata"], settings["poll"])
