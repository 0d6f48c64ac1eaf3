"""Where lines are kept: CloudWatch Logs, and Cloud Logging."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Protocol, Sequence  # noqa: UP035 - Python 3.8
from urllib.parse import quote

from autoscaler.machine.boot.aws import Ec2
from autoscaler.machine.boot.google import Gce
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.ship.reading import Line

_TARGET = "Logs_20140328."
_LOGGING = "https://logging.googleapis.com"


class Place(Protocol):
    def send(self, lines: Sequence[Line]) -> None:
        """Keep them all; some may be kept twice. Raises BootError when they are not."""


class CloudWatch:
    """A stream of its own in the log group, named by the instance; the group is there already."""

    def __init__(self, cloud: Ec2, group: str) -> None:
        self._cloud, self._group, self._stream = cloud, group, ""

    def send(self, lines: Sequence[Line]) -> None:
        self._open()
        events = [{"timestamp": at // 1000, "message": text} for at, text in sorted(lines)]
        where = {"logGroupName": self._group, "logStreamName": self._stream}
        self._call("PutLogEvents", {**where, "logEvents": events})

    def _open(self) -> None:
        if self._stream:
            return
        stream = self._cloud.identity().id
        try:
            self._call("CreateLogStream", {"logGroupName": self._group, "logStreamName": stream})
        except BootError as error:
            if "ResourceAlreadyExists" not in str(error):
                raise
        self._stream = stream

    def _call(self, verb: str, body: object) -> None:
        self._cloud.call(f"log group {self._group}: {verb}", "logs", _TARGET + verb, body)


class CloudLogging:
    """A log of the project; each entry is labelled with the instance's name."""

    def __init__(self, cloud: Gce, log: str) -> None:
        self._cloud, self._log = cloud, log

    def send(self, lines: Sequence[Line]) -> None:
        cloud = self._cloud
        project, zone = cloud.get("project/project-id"), cloud.get("instance/zone")
        labels = {
            "project_id": project,
            "instance_id": cloud.get("instance/id"),
            "zone": zone.rpartition("/")[2],
        }
        body = {
            "logName": f"projects/{project}/logs/{quote(self._log, safe='')}",
            "resource": {"type": "gce_instance", "labels": labels},
            "labels": {"instance": cloud.identity().id},
            "entries": [{"timestamp": _time(at), "textPayload": text} for at, text in lines],
        }
        cloud.post(f"log {self._log}", "logging", _LOGGING, "/v2/entries:write", body)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, timezone.utc).isoformat()  # noqa: UP017 - Python 3.8
