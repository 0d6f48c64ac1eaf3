"""One machine of a cloud on this computer: a folder, a metadata service and all that it runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any, Literal

import psutil

from autoscaler.core.seen import Machine
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.machine.startup import StartupSpec, render_startup, user_data
from tests.e2e.machine import power
from tests.machine import boot_metadata, supervisor
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata

_RECORD = "import json, sys; open(sys.argv[1], 'a').write(json.dumps(sys.argv[2:]) + chr(10))"
_IDLE = "No tasks in "  # what an idle agent says with every poll


class CloudMachine:
    """`born`: as its cloud lists a living one. `began`: when its script started (monotonic)."""

    def __init__(self, root: Path, born: Machine, metadata: Ec2Metadata | GceMetadata) -> None:
        self.born, self.metadata = born, metadata.start()
        self.folder = root / born.instance_id
        self.var, self.home = self.folder / "var", self.folder / "home"
        self.began = monotonic()
        self._bin, self._systemd = self.folder / "bin", self.folder / "systemd"
        self._takes: list[Timer] = []
        self._first: subprocess.Popen[bytes] | None = None
        for one in (self.home, self._bin, self._systemd / "files"):
            one.mkdir(parents=True)
        self._install()

    def start(self, spec: StartupSpec) -> None:
        """Run the startup script, as the cloud does at the first boot."""
        here = {
            "metadata": self.metadata.url,
            "home": str(self.home),
            "units": str(self._systemd / "files"),
            "power_off": (str(self._bin / "shutdown"),),
            "environment": {**spec.environment, "IN_CONTAINERS": self.metadata.container_url},
        }
        script = render_startup(
            spec.model_copy(update=here),
            resource=self.born.resource,
            queue_ids=self.born.queue_ids,
            type=self.born.type,
            launched=f"{self.born.launched_at:%Y-%m-%dT%H:%M:%SZ}",
        )
        if spec.source == "ec2":
            user_data(script)  # raises when EC2 would not take it
        self.run(script)

    def run(self, script: str) -> None:
        """Run this text as the first boot's script; its addresses are those of this computer."""
        path = self.folder / "user-data"
        path.write_text(script)
        self.began = monotonic()
        with (self.folder / "console").open("wb") as console:
            self._first = subprocess.Popen(  # noqa: S603 - the script is what is tested
                ["/bin/sh", str(path)],
                env={**self._environment, "HOME": str(self.home)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    @property
    def state(self) -> Literal["living", "stopping", "gone"]:
        """Off is gone: nothing of it runs. A machine of which nothing is left but on is on."""
        if not (self.folder / "off").exists():
            return "living"
        if self._first:
            self._first.poll()
        return "stopping" if power.living(self.folder) else "gone"

    @property
    def why(self) -> str:
        """Why it is off."""
        path = self.folder / "off"
        return path.read_text() if path.exists() else ""

    def order(self, nonce: str) -> None:
        """What the reaper may do about a machine: an instance tag, a metadata attribute."""
        cloud = self.metadata
        if isinstance(cloud, Ec2Metadata):
            cloud.set_tag(DRAIN_KEY, nonce) if nonce else cloud.remove_tag(DRAIN_KEY)
        elif nonce:
            cloud.set_attribute(DRAIN_KEY, nonce)
        else:
            cloud.remove_attribute(DRAIN_KEY)

    def reclaim(self, now: datetime, seconds: float) -> None:
        """The cloud gives notice, and takes the machine so many seconds later."""
        if isinstance(self.metadata, Ec2Metadata):
            self.metadata.notice(now + timedelta(seconds=seconds))
        else:
            self.metadata.preempt()
        timer = Timer(seconds, self.lose, ["reclaimed by the cloud"])
        self._takes.append(timer)
        timer.start()

    def lose(self, why: str) -> None:
        """Off, whatever runs on it."""
        power.power_off(self.folder, why)
        if self._first:
            self._first.wait()

    def close(self) -> None:
        for timer in self._takes:
            timer.cancel()
        self.lose("the sandbox is closed")
        self.metadata.stop()

    @property
    def guard(self) -> psutil.Process:
        return psutil.Process(int((self.var / "guard").read_text()))

    @property
    def agent(self) -> psutil.Process:
        return next(
            p for p in power.living(self.folder) if {"daemon", "--queue"} <= {*p.cmdline()}
        )

    @property
    def phases(self) -> list[dict[str, Any]]:
        """What its boot told."""
        path = self.var / "phases.json"
        found: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
        return found

    @property
    def docker(self) -> list[list[str]]:
        """The arguments of each call of docker."""
        path = self.folder / "docker.told"
        return (
            [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        )

    def lines(self) -> Iterator[str]:
        """Its serial console, and what its units said."""
        for path in (self.folder / "console", *sorted(self._systemd.glob("*.log"))):
            text = path.read_text(errors="replace") if path.exists() else ""
            yield from (line for line in text.splitlines() if not line.startswith(_IDLE))

    @property
    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self._bin), "/usr/bin", "/bin"])
        return {"PATH": path, "AUTOSCALER_FOLDER": str(self.var), power.MARK: str(self.folder)}

    def _install(self) -> None:
        """The few programs of its image; none of them is this computer's own."""
        (self._bin / "python3").symlink_to(sys.executable)
        python = [sys.executable, "-I"]
        self._program("shutdown", [*python, power.__file__, str(self.folder)], passes="")
        self._program("systemctl", [*python, supervisor.__file__, str(self._systemd)])
        self._program("nvidia-smi", ["echo", "GPU 0: one\nGPU 1: another"])
        self._program("docker", [*python, "-c", _RECORD, str(self.folder / "docker.told")])
        told = {"environment": self._environment}
        (self._systemd / "units.json").write_text(json.dumps(told))

    def _program(self, name: str, command: list[str], passes: str = ' "$@"') -> None:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\nexec {shlex.join(command)}{passes}\n")
        path.chmod(0o755)


def metadata_of(born: Machine, source: str, hop_limit: int) -> Ec2Metadata | GceMetadata:
    """The metadata service of such a machine, with all that boot asks."""
    if source == "gce":
        google = GceMetadata(born.instance_id)
        google.set("machine-type", f"projects/12/machineTypes/{born.type}")
        token = {"access_token": boot_metadata.ACCOUNT_TOKEN, "expires_in": 3599}
        google.set("service-accounts", {"default": {"token": json.dumps(token)}})
        return google
    amazon = Ec2Metadata(born.instance_id, hop_limit=hop_limit)
    document = {
        "instanceId": born.instance_id,
        "instanceType": born.type,
        "region": "eu-central-1",
        "pendingTime": f"{born.launched_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    amazon.set("/latest/dynamic/instance-identity/document", json.dumps(document))
    amazon.set("iam/security-credentials/", "worker")
    amazon.set("iam/security-credentials/worker", json.dumps(boot_metadata.ROLE))
    return amazon
