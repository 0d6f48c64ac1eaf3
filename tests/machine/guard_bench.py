"""One guard as a child process, with an agent that starts fast, against a stand-in ClearML."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from autoscaler.adapters.local.processes import layout
from autoscaler.adapters.local.processes.ending import kill, living
from autoscaler.adapters.local.processes.folders import Folders, MachineFolder
from autoscaler.machine.guard.processes import MARK
from autoscaler.machine.pack import guard_archive
from autoscaler.world.server import StandIn
from tests.machine.process_bench import ProcessBench, eventually

BORN = datetime(2026, 1, 1, tzinfo=UTC)


class GuardBench(ProcessBench):
    """`settings` are what of the guard's shall differ from the quick ones."""

    def __init__(self, folder: Path, standin: StandIn) -> None:
        super().__init__(folder, standin)
        self.program = folder.with_name("guard.pyz")
        self.program.write_bytes(guard_archive())
        self.path = os.defpath
        self.guards: list[subprocess.Popen[bytes]] = []

    def machine(self, *, settings: dict[str, Any] | None = None, **spec: Any) -> MachineFolder:
        """A machine that nobody has started."""
        made = self.spec(**spec)
        record = layout.machine_record(
            self.order("a"), made, 0, root=self.folder, gpus=(), now=BORN, request_sha=""
        )
        guard = {**record.guard, **(settings or {})}
        record = record.model_copy(update={"guard": guard})
        files = layout.files(record, made, self.folder)
        return Folders(self.folder).create(record.machine.instance_id, files)

    def start(
        self, machine: MachineFolder, *, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Its guard, not detached, so that its exit code can be had."""
        with (machine.path / "log").open("ab") as log:
            guard = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", str(self.program), str(machine.path)],
                env={
                    **layout.environment(self.spec(), {"PATH": self.path, **(environ or {})}),
                    MARK: str(machine.path),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.guards.append(guard)
        return guard

    def running(
        self, *, settings: dict[str, Any] | None = None, **spec: Any
    ) -> tuple[MachineFolder, subprocess.Popen[bytes]]:
        """A machine whose agents are registered."""
        machine = self.machine(settings=settings, **spec)
        guard = self.start(machine)
        expected = {agent["worker"] for agent in machine.record.guard["agents"]}
        eventually(lambda: expected <= set(self.workers()))
        return machine, guard

    def workers(self) -> list[str]:
        return [worker.id for worker in self.standin.world.workers.all()]

    def rests(self) -> bool:
        """No worker reports a task: it does so a little longer than the task runs."""
        return not any(worker.task for worker in self.standin.world.workers.all())

    def clean_up(self) -> None:
        for folder in Folders(self.folder):
            folder.end("the test is over")
            while processes := living(folder.path):
                kill(processes)
        for guard in self.guards:
            guard.wait()


@contextmanager
def guard_bench(tmp_path: Path) -> Iterator[GuardBench]:
    """At the end nothing runs any more."""
    with StandIn() as standin:
        bench = GuardBench(tmp_path / "machines", standin)
        try:
            yield bench
        finally:
            bench.clean_up()


def log_of(machine: MachineFolder) -> str:
    return (machine.path / "log").read_text()


def says(machine: MachineFolder, words: str) -> bool:
    return eventually(lambda: words in log_of(machine))


def reason_of(machine: MachineFolder) -> str:
    """Why it ended, once it has."""
    return eventually(lambda: machine.ended).reason


def agents_of(machine: MachineFolder) -> list[psutil.Process]:
    return [one for one in living(machine.path) if _is_agent(one)]


def frozen(machine: MachineFolder) -> bool:
    states = [one.status() for one in agents_of(machine)]
    return bool(states) and set(states) == {psutil.STATUS_STOPPED}


def kill_guard(machine: MachineFolder) -> None:
    os.kill(int((machine.path / "guard").read_text()), signal.SIGKILL)


def _is_agent(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return {"daemon", "--queue"} <= set(process.cmdline())
    return False
