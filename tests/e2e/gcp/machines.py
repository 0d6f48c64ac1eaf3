"""Compute Engine's machines on this computer: what was asked for is run, with its script."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autoscaler.core.seen import Machine
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.machine.startup import packed_script
from tests.adapters.gcp.compute_engine.fake import Cloud, FakeCompute
from tests.adapters.gcp.compute_engine.fake.machines import STOPPING, Box
from tests.e2e.machine import hypervisor
from tests.e2e.machine.cloud import metadata_of
from tests.e2e.machine.localized import localized

_FASTER = {"poll_every": 1.0, "report_every": 2.0}
Tell = Callable[[Mapping[str, Any]], object]


class Hypervisor(hypervisor.Hypervisor[Box, "GceMachine"]):
    """Does for Compute Engine what it does for itself: machines run, hear orders, and end.

    `machines` are by name. `tell` gets an entry of the audit log when one
    has ended. `endpoints`: where machines find Google's services.
    """

    every = 0.2

    def __init__(
        self,
        google: FakeCompute,
        cloud: Cloud,
        folder: Path,
        endpoints: Mapping[str, str],
        tell: Tell,
    ) -> None:
        super().__init__()
        self._google, self._cloud, self._folder = google, cloud, folder
        self._endpoints, self._tell = endpoints, tell

    def boxes(self) -> list[Box]:
        with self._google.lock:
            self._cloud.settle()
            return [*self._cloud.boxes.values()]

    def look(self, box: Box) -> None:
        if box.name not in self.machines:
            if box.status(self._google.now()) == "RUNNING":
                self.machines[box.name] = self._start(box)
            return
        machine = self.machines[box.name]
        if box.stopped and machine.state == "living":
            machine.lose("terminated")
        elif not box.stopped and machine.state == "gone":
            self._ended(box)
        else:
            machine.hear(box)
        box.console = "".join(f"{line}\r\n" for line in machine.lines())

    def _ended(self, box: Box) -> None:
        """Nothing of it runs any more, so it does not take the time that a shutdown takes."""
        now = self._google.now()
        with self._google.lock:
            self._cloud.power_off(box)
            box.stopped = now - STOPPING
        self._tell(
            {
                "protoPayload": {
                    "serviceName": "compute.googleapis.com",
                    "methodName": "compute.instances.guestTerminate",
                    "resourceName": box.link.partition("/compute/v1/")[2],
                },
                "timestamp": now.isoformat(),
                "operation": {"last": True},
            }
        )

    def _start(self, box: Box) -> GceMachine:
        machine = GceMachine(self._folder, box)
        packed = metadata(box)["startup-script"]
        script = localized(_unpacked(packed), machine, self._endpoints, _FASTER)
        machine.run(packed_script(script))
        return machine


class GceMachine(hypervisor.Guest):
    """One machine; its image has the agent."""

    def __init__(self, folder: Path, box: Box) -> None:
        born = Machine(
            instance_id=box.name,
            state="living",
            autoscaler="",
            resource="",
            launch="",
            attempt=0,
            position=0,
            token="",
            type=box.type,
            zone=box.zone,
            launched_at=box.created,
        )
        super().__init__(folder, born, metadata_of(born, "gce", 1))

    def hear(self, box: Box) -> None:
        """Its metadata, as its own server shows it."""
        self.told_to_drain(metadata(box).get(DRAIN_KEY, ""))


def metadata(box: Box) -> Mapping[str, str]:
    return {each["key"]: each["value"] for each in box.asked["metadata"]["items"]}


def _unpacked(script: str) -> str:
    lines = script.splitlines()
    first = next(number for number, line in enumerate(lines) if "<<'END'" in line) + 1
    text = "".join(lines[first : lines.index("END")])
    return gzip.decompress(base64.b64decode(text)).decode()
