"""What EC2 says by itself, as EventBridge hands it over."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from autoscaler.errors import PoisonError
from autoscaler.ports import CloudEvent

COMPUTE = "ec2"
ALARM = "CloudWatch Alarm State Change"

_WARNING = timedelta(minutes=2)  # as far ahead as EC2 says it
_ENDS = frozenset({"stopping", "stopped", "shutting-down", "terminated"})


class _Said(NamedTuple):
    instance_id: str
    detail: Mapping[str, Any]
    at: datetime


def cloud_events(event: Mapping[str, Any]) -> Iterator[CloudEvent]:
    """What the event tells of a machine: nothing, when it goes on as before.

    PoisonError for what EC2 never says. A rebalance recommendation is a notice for the earliest
    moment at which the machine can be taken back.
    """
    kind = str(event.get("detail-type", ""))
    if kind == "EC2 Instance State-change Notification":
        said = _read(event)
        if said.detail.get("state") in _ENDS:
            yield _event("ended", said, said.at, f"EC2: {said.detail['state']}")
    elif kind == "EC2 Spot Instance Interruption Warning":
        said = _read(event)
        action = said.detail.get("instance-action", "terminate")
        yield _event("notice", said, said.at + _WARNING, f"spot interruption: {action}")
    elif kind == "EC2 Instance Rebalance Recommendation":
        said = _read(event)
        yield _event("notice", said, said.at + _WARNING, "rebalance recommendation")
    else:
        raise PoisonError(f"detail-type = {kind!r}: the rule must match EC2's events only")


def _read(event: Mapping[str, Any]) -> _Said:
    try:
        detail = event["detail"]
        at = datetime.fromisoformat(event["time"])
        said = _Said(str(detail["instance-id"]), detail, at)
    except (KeyError, TypeError, ValueError) as error:
        raise PoisonError(f"not an event of EC2: {error!r}") from error
    if at.tzinfo is None or not said.instance_id:
        raise PoisonError("not an event of EC2: without its time zone or its instance")
    return said


def _event(kind: str, said: _Said, at: datetime, detail: str) -> CloudEvent:
    return CloudEvent.model_validate(
        {
            "kind": kind,
            "compute": COMPUTE,
            "instance_id": said.instance_id,
            "detail": detail,
            "at": at,
        }
    )
