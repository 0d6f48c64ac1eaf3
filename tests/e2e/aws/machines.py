"""EC2's machines on this computer: what the launcher asked for is run, with its user data."""

from __future__ import annotations

import base64
import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from autoscaler.core.seen import Machine
from autoscaler.machine.guard.orders import DRAIN_KEY
from tests.e2e.aws.local_cloud import LocalCloud
from tests.e2e.machine.cloud import CloudMachine, metadata_of
from tests.machine.metadata.ec2 import Ec2Metadata

_DEPLOYMENT = "clearml-autoscaler:deployment"
_OVER = ("shutting-down", "terminated")
_EVERY = 0.3


class Hypervisor:
    """Does for EC2 what EC2 does for itself: machines run, hear of their tags, and end.

    `machines`: all that there ever were, by id; `asked`: what EC2 says of each. What they say of
    themselves reaches the event bus, as AWS tells it.
    """

    def __init__(self, cloud: LocalCloud, ec2: Any, folder: Path, deployment: str) -> None:
        self._cloud, self._ec2, self._folder = cloud, ec2, folder
        self._events = cloud.client("events")
        self._filters = [{"Name": f"tag:{_DEPLOYMENT}", "Values": [deployment]}]
        self._told: dict[str, str] = {}
        self.machines: dict[str, Ec2Machine] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.errors: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """At the end every machine is off."""
        stop = Event()
        thread = Thread(target=self._run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            for machine in self.machines.values():
                machine.close()

    def lines(self) -> str:
        """What all machines said on their consoles."""
        return "\n".join(line for one in self.machines.values() for line in one.lines())

    def _run(self, stop: Event) -> None:
        while not stop.wait(_EVERY):
            try:
                for instance in self._listed():
                    self._look(instance)
            except Exception as error:  # noqa: BLE001 - the next look may do better; it is told
                self.errors.append(f"{type(error).__name__}: {error}")

    def _listed(self) -> Iterator[dict[str, Any]]:
        pages = self._ec2.get_paginator("describe_instances").paginate(Filters=self._filters)
        for page in pages:
            for reservation in page["Reservations"]:
                yield from reservation["Instances"]

    def _look(self, instance: dict[str, Any]) -> None:
        identity, state = instance["InstanceId"], instance["State"]["Name"]
        over = state in _OVER
        if identity not in self.machines:
            if over:
                return
            self.machines[identity] = self._start(instance)
        self.asked[identity] = instance
        machine = self.machines[identity]
        if over and machine.state == "living":
            machine.lose("terminated")
        elif not over and machine.state == "gone":
            self._ec2.terminate_instances(InstanceIds=[identity])
            over = True
        elif not over:
            machine.hear({one["Key"]: one["Value"] for one in instance["Tags"]})
        self._tell(identity, "terminated" if over else "running")

    def _start(self, instance: dict[str, Any]) -> Ec2Machine:
        identity = instance["InstanceId"]
        told = self._ec2.describe_instance_attribute(InstanceId=identity, Attribute="userData")
        script = _unpacked(base64.b64decode(told["UserData"]["Value"]))
        machine = Ec2Machine(self._folder, instance)
        machine.run(localized(script, machine, self._cloud.url))
        return machine

    def _tell(self, identity: str, state: str) -> None:
        if self._told.get(identity) == state:
            return
        self._told[identity] = state
        self._events.put_events(
            Entries=[
                {
                    "Source": "aws.ec2",
                    "DetailType": "EC2 Instance State-change Notification",
                    "Detail": json.dumps({"instance-id": identity, "state": state}),
                    "Time": datetime.now(UTC),
                }
            ]
        )


class Ec2Machine(CloudMachine):
    """One machine; its image has the agent."""

    def __init__(self, folder: Path, instance: dict[str, Any]) -> None:
        born = Machine(
            instance_id=instance["InstanceId"],
            state="living",
            autoscaler="",
            resource="",
            launch="",
            attempt=0,
            position=0,
            token=instance.get("ClientToken", ""),
            type=instance["InstanceType"],
            zone=instance["Placement"]["AvailabilityZone"],
            market="on-demand",
            worker="",
            queue_ids=(),
            slots=1,
            launched_at=instance["LaunchTime"],
        )
        options = instance.get("MetadataOptions", {})
        metadata = metadata_of(born, "ec2", options.get("HttpPutResponseHopLimit", 1))
        super().__init__(folder, born, metadata)
        self._drain = ""
        agent = Path(sys.executable).with_name("clearml-agent")
        (self.folder / "bin" / "clearml-agent").symlink_to(agent)

    def hear(self, tags: dict[str, str]) -> None:
        """Its instance tags, as its metadata service shows them."""
        assert isinstance(self.metadata, Ec2Metadata)
        for key, value in tags.items():
            if key != DRAIN_KEY:
                self.metadata.set_tag(key, value)
        if tags.get(DRAIN_KEY, "") != self._drain:
            self._drain = tags.get(DRAIN_KEY, "")
            self.order(self._drain)


def localized(script: str, machine: CloudMachine, cloud: str) -> str:
    """The script with the addresses and folders of this computer; all else stays."""
    lines = script.splitlines(keepends=True)
    (at,) = (number for number, line in enumerate(lines) if line.startswith('{"startup":'))
    document = json.loads(lines[at])
    guard, boot = document["startup"]["guard"], document["startup"]["boot"]
    guard["metadata"] = machine.metadata.url
    guard["power_off"] = [str(machine.folder / "bin" / "shutdown")]
    boot["home"] = str(machine.home)
    boot["units"] = str(machine.folder / "systemd" / "files")
    boot["endpoints"] = dict.fromkeys(("ssm", "secretsmanager", "ecr"), f"{cloud}/")
    lines[at] = json.dumps(document, separators=(",", ":")) + "\n"
    return "".join(lines)


def _unpacked(data: bytes) -> str:
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()
