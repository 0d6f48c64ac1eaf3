"""Cloud Logging."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Sequence  # noqa: UP035 - Python 3.8
from urllib.parse import quote

from autoscaler.machine.boot.google import Gce
from autoscaler.machine.ship.reading import Line

_LOGGING = "https://logging.googleapis.com"


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
