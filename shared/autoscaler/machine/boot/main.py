"""The boot itself: phase by phase, and the end of the machine when one of them fails."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import traceback
from functools import partial
from pathlib import Path
from time import gmtime, strftime, time  # noqa: TID251 - this runs on the machine
from typing import Any, Iterator, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.agent import program
from autoscaler.machine.boot.cloud import Cloud, Identity
from autoscaler.machine.boot.fetch import patiently
from autoscaler.machine.boot.files import write_private
from autoscaler.machine.boot.gpu import await_gpus
from autoscaler.machine.boot.journal import BootError, Journal
from autoscaler.machine.boot.parcel import unpack
from autoscaler.machine.boot.placing import place, proxies
from autoscaler.machine.boot.script import keep_bashrc, run_script
from autoscaler.machine.boot.secrets import cloud_of, ordered, read, resolved
from autoscaler.machine.boot.settings import machine_settings
from autoscaler.machine.boot.units import start_units

FAILED = 1
Document = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    """Boot FOLDER: it does not return when the guard takes this process over."""
    os.umask(0o022)  # for what the operator's script makes; our own files say their mode
    folder = Path(arguments[1]).resolve()
    startup = read(folder / "startup.json")
    guard, cloud = startup["guard"], cloud_of(startup)
    journal = Journal(folder, cloud.tell)
    try:
        with _within(guard["boot"]):
            environment = _Boot(folder, startup, cloud, journal).run()
    except BootError as error:
        return _give_up(guard, journal, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, such a machine may not stay
        return _give_up(guard, journal, _where(error))
    if guard["keeper"] == "processes":
        program = [sys.executable, "-I", str(folder / "guard.pyz"), str(folder)]
        os.execve(program[0], program, {**os.environ, **environment})  # noqa: S606, TID251 - the machine's
    return 0


class _Boot:
    def __init__(self, folder: Path, startup: Document, cloud: Cloud, journal: Journal) -> None:
        self._folder, self._startup = folder, startup
        self._cloud, self._journal = cloud, journal

    def run(self) -> dict[str, str]:
        """The environment of the guard and its agents."""
        os.environ.update(_plain(proxies(self._startup["boot"]["proxy"])))  # noqa: TID251 - ours
        identity = self._came_up()
        with self._journal.phase("secrets"):
            wanted = ordered(self._startup, self._journal.hide)
            self._check_registries(wanted)
            environment = place(self._folder, wanted)
        environment = self._prepare(wanted, environment)
        with self._journal.phase("agent") as told:
            agent = program(self._folder, wanted["agent"], environment)
            told["program"] = agent[0]
        with self._journal.phase("guard"):
            self._fetch_guard()
            machine = machine_settings(self._startup, self._folder, identity, agent)
            self._write(machine, environment)
        return environment

    def _came_up(self) -> Identity:
        self._journal.current = "launched"
        identity = patiently(self._cloud.identity, self._startup["boot"]["patience"])
        launched = identity.launched or self._startup["boot"]["launched"]
        self._journal.mark("launched", launched, instance=identity.id, type=identity.type)
        self._journal.mark("booted", _booted())
        return identity

    def _check_registries(self, wanted: Document) -> None:
        """Docker asks for these logins later; that there is none is better known now."""
        for one in wanted["registries"]:
            if not one["user"]:
                login = partial(self._cloud.registry_login, one["address"])
                self._journal.hide(patiently(login, wanted["patience"])[1])

    def _prepare(self, wanted: Document, environment: dict[str, str]) -> dict[str, str]:
        if wanted["init_script"]:
            with self._journal.phase("init-script"):
                run_script(self._folder, wanted["init_script"], environment, self._journal)
        if wanted["bashrc"]:
            with self._journal.phase("bashrc") as told:
                told["variables"] = keep_bashrc(self._folder, environment)
            environment = place(self._folder, wanted)
        if not wanted["cpu_only"]:
            with self._journal.phase("gpu") as told:
                told["gpus"] = await_gpus(environment["PATH"], wanted["gpu_wait"])
        return environment

    def _fetch_guard(self) -> None:
        """Last, because this very process runs from the file that it changes."""
        parcel = self._startup["parcel"]
        if parcel["parts"]:
            parts = resolved(self._startup, parcel["parts"])
            unpack(self._folder / "guard.pyz", parts, parcel["sha256"])

    def _write(self, machine: Document, environment: Mapping[str, str]) -> None:
        python = self._folder / "python"
        python.unlink(missing_ok=True)
        python.symlink_to(sys.executable)
        for slot, _ in enumerate(machine["guard"]["agents"]):
            (self._folder / f"slot{slot}" / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._folder / "machine.json", json.dumps(machine, indent=1))
        if machine["guard"]["keeper"] == "systemd":
            wanted = self._startup["boot"]
            named = proxies(wanted["proxy"]) if wanted["docker"] else {}
            pulls = {name: environment[name] for name in named}
            start_units(
                self._folder, Path(wanted["units"]), logs=bool(wanted["logs"]), pulls=pulls
            )


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises BootError in whatever is under way then."""

    def ring(*_: object) -> None:
        raise BootError(f"the boot took longer than {seconds:g} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _give_up(guard: Document, journal: Journal, reason: str) -> int:
    journal.failed(reason)
    if guard["power_off"]:
        subprocess.run(guard["power_off"], check=False)  # noqa: S603 - the operator's
    return FAILED


def _where(error: Exception) -> str:
    """Its kind and place: its words might repeat a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _plain(variables: Mapping[str, Any]) -> dict[str, str]:
    """Those that are no reference: the way to the others may lead through these."""
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _booted() -> str:
    """When the kernel came up; nobody knows where there is no /proc."""
    try:
        age = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return ""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(time() - age))
