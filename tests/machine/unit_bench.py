"""Guards whose agents are kept by somebody else: the stand-in for systemd."""

import json
import os
import shlex
import subprocess
import sys
from typing import Any

from autoscaler.adapters.local.processes import layout
from autoscaler.adapters.local.processes.folders import MachineFolder
from tests.machine import supervisor
from tests.machine.guard_bench import GuardBench
from tests.machine.process_bench import eventually


class Units:
    """A `systemctl` on the PATH of the bench's guards."""

    def __init__(self, bench: GuardBench) -> None:
        self._bench = bench
        self.folder = bench.folder.with_name("units")
        self.folder.mkdir()
        self.install([sys.executable, "-I", supervisor.__file__, str(self.folder)])
        bench.path = f"{self.folder}:{os.defpath}"

    def install(self, command: list[str]) -> None:
        """What `systemctl` does."""
        program = self.folder / "systemctl"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        program.chmod(0o700)

    def running(
        self, *, settings: dict[str, Any] | None = None, **spec: Any
    ) -> tuple[MachineFolder, subprocess.Popen[bytes]]:
        """A machine whose agents are registered."""
        machine = self.machine(settings=settings, **spec)
        guard = self._bench.start(machine)
        expected = {agent["worker"] for agent in machine.record.guard["agents"]}
        eventually(lambda: expected <= set(self._bench.workers()))
        return machine, guard

    def machine(self, *, settings: dict[str, Any] | None = None, **spec: Any) -> MachineFolder:
        """A machine that nobody has started."""
        asked = {"keeper": "systemd", **(settings or {})}
        machine = self._bench.machine(settings=asked, **spec)
        agent = [sys.executable, "-I", str(self._bench.program), "agent", str(machine.path)]
        told = {
            "command": [*agent, "{slot}"],
            "environment": layout.environment(self._bench.spec(), {"PATH": os.defpath}),
        }
        (self.folder / "units.json").write_text(json.dumps(told))
        return machine

    def runs(self, slot: int = 0) -> int:
        """How often the unit was started."""
        return int(supervisor.read(self.folder, f"clearml-agent@{slot}.service").get("runs", 0))

    def pid(self, slot: int = 0) -> int:
        return int(supervisor.read(self.folder, f"clearml-agent@{slot}.service")["MainPID"])
