"""Entries of the audit log as Compute Engine writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autoscaler.adapters.gcp.events import cloud_events
from autoscaler.errors import PoisonError
from autoscaler.ports import CloudEvent

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
MACHINE = "clearml-lab-01j9zk-0"
PREEMPTED = "Instance was preempted."


def entry(method: str, *, words: str = "", code: int = 0, **changes: Any) -> dict[str, Any]:
    """A system event; those are over as soon as they are told."""
    status: dict[str, Any] = {"message": words} if words else {}
    payload = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "status": status | ({"code": code} if code else {}),
        "authenticationInfo": {"principalEmail": "system@google.com"},
        "serviceName": "compute.googleapis.com",
        "methodName": method,
        "resourceName": f"projects/lab/zones/europe-west1-c/instances/{MACHINE}",
        "request": {"@type": f"type.googleapis.com/{method}"},
    }
    return {
        "protoPayload": payload,
        "insertId": "qnwer3e38dfz",
        "resource": {
            "type": "gce_instance",
            "labels": {
                "instance_id": "1844488190000000000",
                "project_id": "lab",
                "zone": "europe-west1-c",
            },
        },
        "timestamp": "2026-01-01T12:00:00Z",
        "severity": "INFO",
        "logName": "projects/lab/logs/cloudaudit.googleapis.com%2Fsystem_event",
        "operation": {
            "id": "systemevent-1694860946116",
            "producer": method,
            "first": True,
            "last": True,
        },
        "receiveTimestamp": "2026-01-01T12:00:01.325309123Z",
        **changes,
    }


def said(kind: str, detail: str, after: int = 0) -> list[CloudEvent]:
    at = AT + timedelta(seconds=after)
    detail = f"Compute Engine: {detail}"
    values = {"kind": kind, "compute": "gce", "instance_id": MACHINE, "detail": detail, "at": at}
    return [CloudEvent.model_validate(values)]


BEGUN = {"id": "operation-1", "producer": "compute.googleapis.com", "first": True}
OVER = {"id": "operation-1", "producer": "compute.googleapis.com", "last": True}


@pytest.mark.parametrize(
    ("told", "means"),
    [
        pytest.param(
            entry("compute.instances.preempted", words=PREEMPTED),
            said("notice", "Instance was preempted", after=30),
            id="a preemption leaves half a minute",
        ),
        pytest.param(
            entry("compute.instances.baremetalCaretakerPreempted"),
            said("notice", "compute.instances.baremetalCaretakerPreempted", after=30),
            id="the same of bare metal",
        ),
        pytest.param(
            entry("compute.instances.guestTerminate", words="Instance terminated by guest OS."),
            said("ended", "Instance terminated by guest OS"),
            id="it turned itself off",
        ),
        pytest.param(
            entry("compute.instances.hostError"),
            said("ended", "compute.instances.hostError"),
            id="its host broke",
        ),
        pytest.param(
            entry("compute.instances.terminateOnHostMaintenance"),
            said("ended", "compute.instances.terminateOnHostMaintenance"),
            id="its host is repaired",
        ),
        pytest.param(
            entry("v1.compute.instances.delete", operation=OVER),
            said("ended", "v1.compute.instances.delete"),
            id="somebody deleted it",
        ),
        pytest.param(
            entry("beta.compute.instances.stop", operation=OVER),
            said("ended", "beta.compute.instances.stop"),
            id="somebody stopped it",
        ),
        pytest.param(
            entry("v1.compute.instances.delete", operation=BEGUN), [], id="only begun to delete"
        ),
        pytest.param(
            entry("v1.compute.instances.delete", code=7, words="PERMISSION_DENIED"),
            [],
            id="somebody who may not delete it",
        ),
        pytest.param(
            entry("compute.instances.migrateOnHostMaintenance"), [], id="a move is no news"
        ),
        pytest.param(entry("v1.compute.instances.insert"), [], id="nor is a start"),
    ],
)
def test_what_compute_engine_says_is_understood(
    told: dict[str, Any], means: list[CloudEvent]
) -> None:
    assert list(cloud_events(told)) == means


def test_a_time_may_have_nanoseconds() -> None:
    exact = entry("compute.instances.hostError", timestamp="2026-01-01T12:00:00.325309123Z")
    [event] = cloud_events(exact)
    assert event.at == AT + timedelta(microseconds=325_309)


def without(*path: str) -> dict[str, Any]:
    """An entry that lacks something."""
    found = entry("compute.instances.preempted")
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return found


def of(**changes: str) -> dict[str, Any]:
    found = entry("compute.instances.preempted")
    found["protoPayload"] |= changes
    return found


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param({}, "protoPayload", id="nothing"),
        pytest.param({"protoPayload": "x"}, "not an entry of the audit log", id="no payload"),
        pytest.param(without("protoPayload", "methodName"), "methodName", id="no method"),
        pytest.param(without("protoPayload", "resourceName"), "resourceName", id="no machine"),
        pytest.param(of(resourceName="x"), "not an entry", id="no path"),
        pytest.param(without("timestamp"), "timestamp", id="no time"),
        pytest.param(of() | {"timestamp": "noon"}, "noon", id="no moment"),
        pytest.param(of() | {"timestamp": "2026-01-01T12:00:00"}, "time zone", id="no time zone"),
        pytest.param(of(serviceName="storage.googleapis.com"), "must match", id="a service's"),
        pytest.param(of(resourceName="projects/p/zones/z/disks/d"), "must match", id="a disk's"),
        pytest.param(of(resourceName="projects/p/zones/z/instances/"), "must", id="nobody's"),
    ],
)
def test_what_compute_engine_never_says_is_set_aside(told: dict[str, Any], why: str) -> None:
    with pytest.raises(PoisonError, match=why):
        list(cloud_events(told))
