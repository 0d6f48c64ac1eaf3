"""Rows to store."""

from datetime import UTC, datetime

from autoscaler.core.ledger import (
    ConfigRow,
    Event,
    Fence,
    Instance,
    Launch,
    Phase,
    PriceRow,
    Ref,
    Request,
)
from autoscaler.ports import State

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def fence(key: str = "lab", *, gen: int = 0, revision: int = 0) -> Fence:
    return Fence(key=key, gen=gen, revision=revision)


def launch(key: str = "L1", *, closed_at: datetime | None = None, reason: str = "wait") -> Launch:
    return Launch(
        key=key,
        autoscaler="gpu",
        resource="a100",
        compute="ec2",
        queue="train",
        queue_ids=("q1", "q2"),
        count=2,
        slots=1,
        asked=((0, 1), (1,)),
        requested_at=AT,
        deadline=AT,
        closed_at=closed_at,
        reason=reason,
    )


def instance(
    key: str = "L1.0", *, moved_at: datetime = AT, gone_at: datetime | None = None
) -> Instance:
    return Instance(
        key=key,
        autoscaler="gpu",
        resource="a100",
        compute="ec2",
        launch="L1",
        index=0,
        phase=Phase.GONE if gone_at else Phase.UP,
        reason="registered",
        moved_at=moved_at,
        requested_at=AT,
        gone_at=gone_at,
    )


def request(key: str = "L1.1", body: str = "{}") -> Request:
    return Request(key=key, body=body)


def prices(key: str = "ec2:eu-west-1") -> PriceRow:
    hourly = {"g5.xlarge:on-demand": 1.123, "g5.xlarge:eu-west-1a:spot": 0.3801}
    return PriceRow(key=key, at=AT, hourly=hourly)


def config(key: str = "*") -> ConfigRow:
    return ConfigRow(key=key, text="max_instances: 4\n", by="ada", at=AT)


def event(key: str = "E1", *, at: datetime = AT, subject: str = "L1.0") -> Event:
    return Event(
        key=key, at=at, autoscaler="gpu", subject=subject, event="up", reason="it is", by="poller"
    )


def revision(state: State, ref: Ref) -> int:
    """The row's revision; 0 when there is no row."""
    found = state.read(ref)
    return found.revision if found else 0
