"""Machines that are gone: Google forgets them at once, and tells of their end by operations."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.compute_engine.names import Born
from autoscaler.adapters.gcp.refusals import Failure, told
from autoscaler.core.seen import Machine

_KNOWN_FOR = timedelta(hours=1)
_FIELDS = "items(name,operationType,status,targetLink,insertTime,endTime,user,error,zone)"
_PREEMPTED = "compute.instances.preempted"
_ENDINGS = ("delete", _PREEMPTED, "insert")


def ended(access: Access, deployment: str, zone: str, now: datetime) -> Sequence[Machine]:
    """Those of ours that a zone lost within the last hour, or never had. UnavailableError."""
    with told(missing_is_fine=True):  # a region was written, and it has no zone of this letter
        return list(_ended(access, deployment, zone, now))
    return ()


def gone(
    born: Born, name: str, zone: str, *, at: datetime | None = None, detail: str = ""
) -> Machine:
    """What is known of a machine that is not there any more."""
    return Machine(
        instance_id=name,
        state="gone",
        autoscaler="",
        resource="",
        launch=born.launch,
        attempt=born.attempt,
        position=born.position,
        token=born.token,
        zone=zone,
        launched_at=at,
        detail=detail,
    )


def _ended(access: Access, deployment: str, zone: str, now: datetime) -> Iterator[Machine]:
    for each in _lately(access, zone, now):
        name, kind, failed = _target(each), each.get("operationType"), Failure.of(each)
        born = Born.of(deployment, name)
        if born is None or not born.token or each.get("status") != "DONE":
            continue
        if kind == "insert" and failed:
            # nobody's: what never came must not be bound to a row that waits for another
            yield gone(born._replace(token=""), name, zone, detail=failed.code)
        elif kind == _PREEMPTED:
            yield gone(born, name, zone, detail="preempted")
        elif kind == "delete" and not failed:
            yield gone(born, name, zone, detail=f"deleted by {each.get('user', 'Google')}")


def _lately(access: Access, zone: str, now: datetime) -> Iterator[Mapping[str, Any]]:
    """Newest first, so that whatever is older need not be read."""
    wanted = " OR ".join(f'(operationType="{kind}")' for kind in _ENDINGS)
    path, mask = f"zones/{zone}/operations", f"{_FIELDS},nextPageToken"
    order = "creationTimestamp desc"
    for page in access.pages(path, filter=wanted, orderBy=order, fields=mask):
        for each in page.get("items", []):
            at = each.get("insertTime")
            if at and now - datetime.fromisoformat(at) > _KNOWN_FOR:
                return
            yield each


def _target(operation: Mapping[str, Any]) -> str:
    return str(operation.get("targetLink", "")).rpartition("/")[2]
