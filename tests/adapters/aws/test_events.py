"""Events as EventBridge delivers them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autoscaler.adapters.aws.events import cloud_events
from autoscaler.errors import PoisonError
from autoscaler.ports import CloudEvent

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
MACHINE = "i-0123456789abcdef0"
WARNING = "EC2 Spot Instance Interruption Warning"
STATE = "EC2 Instance State-change Notification"


def event(kind: str, **detail: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": "aws.ec2",
        "account": "123456789012",
        "time": "2026-01-01T12:00:00Z",
        "region": "eu-central-1",
        "resources": [f"arn:aws:ec2:eu-central-1:123456789012:instance/{MACHINE}"],
        "detail": {"instance-id": MACHINE, **detail},
    }


def said(kind: str, detail: str, after: int = 0) -> list[CloudEvent]:
    at = AT + timedelta(minutes=after)
    values = {"kind": kind, "compute": "ec2", "instance_id": MACHINE, "detail": detail, "at": at}
    return [CloudEvent.model_validate(values)]


@pytest.mark.parametrize(
    ("told", "means"),
    [
        pytest.param(
            event(WARNING, **{"instance-action": "terminate"}),
            said("notice", "spot interruption: terminate", after=2),
            id="a warning comes two minutes ahead",
        ),
        pytest.param(
            event("EC2 Instance Rebalance Recommendation"),
            said("notice", "rebalance recommendation", after=2),
            id="a recommendation is for the earliest moment that can follow",
        ),
        pytest.param(event(STATE, state="terminated"), said("ended", "EC2: terminated"), id="end"),
        pytest.param(
            event(STATE, state="shutting-down"), said("ended", "EC2: shutting-down"), id="going"
        ),
        pytest.param(event(STATE, state="stopped"), said("ended", "EC2: stopped"), id="stopped"),
        pytest.param(event(STATE, state="running"), [], id="a start is no news"),
        pytest.param(event(STATE, state="pending"), [], id="nor is an order"),
    ],
)
def test_what_ec2_says_is_understood(told: dict[str, Any], means: list[CloudEvent]) -> None:
    assert list(cloud_events(told)) == means


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param({}, "detail-type = ''", id="nothing"),
        pytest.param(event("Scheduled Event"), "'Scheduled Event'", id="another service's"),
        pytest.param(event(WARNING) | {"detail": {}}, "instance-id", id="no machine"),
        pytest.param(event(WARNING) | {"detail": "?"}, "not an event of EC2", id="no detail"),
        pytest.param(event(WARNING) | {"time": "noon"}, "noon", id="no time"),
        pytest.param(
            event(WARNING) | {"time": "2026-01-01T12:00:00"}, "time zone", id="no time zone"
        ),
    ],
)
def test_what_ec2_never_says_is_set_aside(told: dict[str, Any], why: str) -> None:
    with pytest.raises(PoisonError, match=why):
        list(cloud_events(told))
