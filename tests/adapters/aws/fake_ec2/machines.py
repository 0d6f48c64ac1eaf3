"""A machine of the fake EC2, and how it is described."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

PENDING, STOPPING = timedelta(seconds=5), timedelta(seconds=30)
RECORD = timedelta(hours=1)


@dataclass
class Box:
    """`asked`: what its launch said, in RunInstances's words."""

    id: str
    token: str
    index: int
    type: str
    zone: str
    market: str
    asked: Mapping[str, Any]
    started: datetime
    tags: dict[str, str]
    fleet: str = ""
    stopped: datetime | None = None
    why: tuple[str, str] = ("", "")
    console: list[str] = field(default_factory=list)

    def state(self, now: datetime) -> str:
        if self.stopped:
            return "terminated" if now - self.stopped >= STOPPING else "shutting-down"
        return "running" if now - self.started >= PENDING else "pending"

    def known(self, now: datetime, lag: timedelta) -> bool:
        """Listed: not too new, and not ended too long ago."""
        over = self.stopped and now - self.stopped >= RECORD
        return not over and now - self.started >= lag

    def stop(self, now: datetime, code: str, message: str) -> None:
        if not self.stopped:
            self.stopped, self.why = now, (code, message)

    def described(self, now: datetime) -> dict[str, Any]:
        code, message = self.why
        return {
            "InstanceId": self.id,
            "ImageId": self.asked["ImageId"],
            "InstanceType": self.type,
            "AmiLaunchIndex": self.index,
            "ClientToken": self.token,
            "LaunchTime": self.started,
            "Placement": {"AvailabilityZone": self.zone},
            "State": {"Name": self.state(now)},
            "StateReason": {"Code": code, "Message": message} if code else None,
            "StateTransitionReason": message,
            "InstanceLifecycle": "spot" if self.market == "spot" else None,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
        }
