"""EC2's machines on this computer: what the launcher asked for is run, with its user data."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

from autoscaler.core.seen import Machine
from autoscaler.machine.guard.orders import DRAIN_KEY
from tests.adapters.aws.fake_ec2 import FakeAws
from tests.adapters.aws.fake_ec2.machines import Box
from tests.e2e.aws.local_cloud import REGION, LocalCloud
from tests.e2e.machine import hypervisor
from tests.e2e.machine.cloud import metadata_of
from tests.e2e.machine.localized import localized
from tests.machine.metadata.ec2 import Ec2Metadata


class Hypervisor(hypervisor.Hypervisor[Box, "Ec2Machine"]):
    """Does for EC2 what EC2 does for itself: machines run, hear of their tags, and end.

    What becomes of them reaches the event bus, as AWS tells it.
    """

    every = 0.3

    def __init__(self, cloud: LocalCloud, aws: FakeAws, folder: Path) -> None:
        super().__init__()
        self._cloud, self._aws, self._folder = cloud, aws, folder
        self._events = cloud.client("events")
        self._told: dict[str, str] = {}

    def boxes(self) -> list[Box]:
        with self._aws.lock:
            return list(self._aws.cloud(REGION).boxes.values())

    def look(self, box: Box) -> None:
        if box.id not in self.machines:
            self.machines[box.id] = self._start(box)
        machine = self.machines[box.id]
        if box.stopped and machine.state == "living":
            machine.lose("terminated")
        elif machine.state == "gone":
            with self._aws.lock:  # as InstanceInitiatedShutdownBehavior says
                box.stop(self._aws.now(), "Client.InstanceInitiatedShutdown", machine.why)
        else:
            machine.hear(box.tags)
        box.console = list(machine.lines())
        self._tell(box)

    def _start(self, box: Box) -> Ec2Machine:
        assert box.asked["InstanceInitiatedShutdownBehavior"] == "terminate"
        script = _unpacked(base64.b64decode(box.asked["UserData"]))
        machine = Ec2Machine(self._folder, box)
        places = dict.fromkeys(("ssm", "secretsmanager", "ecr"), f"{self._cloud.url}/")
        machine.run(localized(script, machine, places))
        return machine

    def _tell(self, box: Box) -> None:
        state = box.state(self._aws.now())
        if self._told.get(box.id) == state:
            return
        self._told[box.id] = state
        told = {
            "Source": "aws.ec2",
            "DetailType": "EC2 Instance State-change Notification",
            "Detail": json.dumps({"instance-id": box.id, "state": state}),
        }
        self._events.put_events(Entries=[told])


class Ec2Machine(hypervisor.Guest):
    """One machine; its image has the agent."""

    def __init__(self, folder: Path, box: Box) -> None:
        born = Machine(
            instance_id=box.id,
            state="living",
            autoscaler="",
            resource="",
            launch="",
            attempt=0,
            position=box.index,
            token=box.token,
            type=box.type,
            zone=box.zone,
            launched_at=box.started,
        )
        hops = box.asked["MetadataOptions"]["HttpPutResponseHopLimit"]
        super().__init__(folder, born, metadata_of(born, "ec2", hops))

    def hear(self, tags: Mapping[str, str]) -> None:
        """Its instance tags, as its metadata service shows them."""
        assert isinstance(self.metadata, Ec2Metadata)
        told = dict(tags)
        drain = told.pop(DRAIN_KEY, "")
        for key, value in told.items():
            self.metadata.set_tag(key, value)
        self.told_to_drain(drain)


def _unpacked(data: bytes) -> str:
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()
