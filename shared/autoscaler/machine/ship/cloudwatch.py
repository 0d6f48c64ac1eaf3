"""CloudWatch Logs."""

from __future__ import annotations

from typing import Sequence  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.aws import Ec2
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.ship.reading import Line

_TARGET = "Logs_20140328."


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
