"""What Compute Engine says by itself: entries of the audit log, from Eventarc or a log sink."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from autoscaler.errors import PoisonError
from autoscaler.ports import CloudEvent

COMPUTE = "gce"

_SERVICE = "compute.googleapis.com"
_WARNING = timedelta(seconds=30)  # what Google gives a machine between the news and its end
_NOTICES = frozenset({"preempted", "baremetalCaretakerPreempted"})
_ENDS = frozenset({"delete", "guestTerminate", "hostError", "stop", "terminateOnHostMaintenance"})


class _Said(NamedTuple):
    instance: str
    verb: str
    words: str
    at: datetime
    is_over: bool
    has_failed: bool


def cloud_events(entry: Mapping[str, Any]) -> Iterator[CloudEvent]:
    """What the entry tells of a machine, by its name: nothing, when it goes on as before.

    `entry` is a LogEntry of Cloud Logging: the data of a CloudEvent of the type
    google.cloud.audit.log.v1.written, or what a log sink publishes. PoisonError for what
    Compute Engine never says of a machine.
    """
    said = _read(entry)
    if said.has_failed:
        return
    if said.verb in _NOTICES:
        yield _event("notice", said, said.at + _WARNING)
    elif said.verb in _ENDS and said.is_over:
        yield _event("ended", said, said.at)


def _read(entry: Mapping[str, Any]) -> _Said:
    try:
        payload = entry["protoPayload"]
        service, method = str(payload["serviceName"]), str(payload["methodName"])
        *_, kind, instance = str(payload["resourceName"]).split("/")
        at = datetime.fromisoformat(entry["timestamp"])
        status = payload.get("status") or {}
        operation = entry.get("operation") or {"last": True}
        said = _Said(
            instance=instance,
            verb=method.rpartition(".")[2],
            words=str(status.get("message") or method),
            at=at,
            is_over=bool(operation.get("last")),
            has_failed=bool(status.get("code")),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PoisonError(f"not an entry of the audit log: {error!r}") from error
    if service != _SERVICE or kind != "instances" or not instance:
        raise PoisonError(f"{service} {method}: the filter must match Compute Engine's machines")
    if at.tzinfo is None:
        raise PoisonError("not an entry of the audit log: without its time zone")
    return said


def _event(kind: str, said: _Said, at: datetime) -> CloudEvent:
    return CloudEvent.model_validate(
        {
            "kind": kind,
            "compute": COMPUTE,
            "instance_id": said.instance,
            "detail": f"Compute Engine: {said.words.rstrip('.')}",
            "at": at,
        }
    )
