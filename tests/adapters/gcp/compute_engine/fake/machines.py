"""A machine of the fake, and an operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

STOPPING = timedelta(seconds=20)
ROOT = "https://www.googleapis.com/compute/v1/projects"


@dataclass
class Box:
    """`asked`: what was sent for it. `stopped`: since when it stops, and `over` is over."""

    id: int
    project: str
    zone: str
    asked: dict[str, Any]
    created: datetime
    up_at: datetime
    fingerprint: int = 1
    stopped: datetime | None = None
    console: str = ""
    suspended: bool = False

    @property
    def name(self) -> str:
        return str(self.asked["name"])

    @property
    def type(self) -> str:
        return str(self.asked["machineType"]).rpartition("/")[2]

    @property
    def market(self) -> str:
        scheduling = self.asked["scheduling"]
        spot = scheduling.get("provisioningModel") == "SPOT" or scheduling.get("preemptible")
        return "spot" if spot else "on-demand"

    @property
    def link(self) -> str:
        return f"{ROOT}/{self.project}/zones/{self.zone}/instances/{self.name}"

    def status(self, now: datetime) -> str:
        if self.suspended:
            return "SUSPENDED"
        if self.stopped:
            return "TERMINATED" if now - self.stopped >= STOPPING else "STOPPING"
        return "RUNNING" if now >= self.up_at else "PROVISIONING"

    def described(self, now: datetime) -> dict[str, Any]:
        place = f"{ROOT}/{self.project}/zones/{self.zone}"
        metadata = {**self.asked["metadata"], "fingerprint": str(self.fingerprint)}
        return {
            **self.asked,
            "kind": "compute#instance",
            "id": str(self.id),
            "creationTimestamp": self.created.isoformat(timespec="milliseconds"),
            "status": self.status(now),
            "zone": place,
            "machineType": f"{place}/machineTypes/{self.type}",
            "metadata": metadata,
            "selfLink": self.link,
        }


@dataclass
class Doing:
    """An operation: `error` is how it fails at its end, `then` what happens there."""

    name: str
    kind: str
    project: str
    zone: str
    target: str
    began: datetime
    ends: datetime
    request: str = ""
    user: str = "autoscaler@my-project-42.iam.gserviceaccount.com"
    error: Mapping[str, Any] | None = None
    then: Callable[[], object] = field(default=lambda: None)
    done: bool = False

    def described(self) -> dict[str, Any]:
        place = f"{ROOT}/{self.project}/zones/{self.zone}"
        found: dict[str, Any] = {
            "kind": "compute#operation",
            "id": str(abs(hash(self.name)) % 10**12),
            "name": self.name,
            "operationType": self.kind,
            "status": "DONE" if self.done else "RUNNING",
            "progress": 100 if self.done else 0,
            "insertTime": self.began.isoformat(timespec="milliseconds"),
            "targetLink": self.target,
            "user": self.user,
            "zone": place,
            "selfLink": f"{place}/operations/{self.name}",
        }
        if self.request:
            found["clientOperationId"] = self.request
        if self.done:
            found["endTime"] = self.ends.isoformat(timespec="milliseconds")
        if self.done and self.error:
            found["error"] = {"errors": [dict(self.error)]}
            found["httpErrorStatusCode"] = 503
            found["httpErrorMessage"] = "SERVICE UNAVAILABLE"
        return found
