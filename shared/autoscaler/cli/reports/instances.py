"""Instances as people see them: under a short name, and with what they are doing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from autoscaler.cli.find import short_names
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.reclaim import reclaimed
from autoscaler.core.value import Value

Activity = Literal["coming", "idle", "busy", "silent", "leaving", "gone"]

_ACTIVITIES: dict[Phase, Activity] = {
    Phase.REQUESTED: "coming",
    Phase.BOOTING: "coming",
    Phase.DRAINING: "leaving",
    Phase.TERMINATING: "leaving",
    Phase.GONE: "gone",
}


class InstanceLine(Value):
    name: str
    key: str
    machine: str
    worker: str
    resource: str
    phase: Phase
    activity: Activity
    since: datetime
    idle_since: datetime | None
    launched_at: datetime | None
    hourly_price: float | None
    protected: bool
    reclaimed: bool
    reason: str


def instance_lines(
    deployment: Deployment, rows: Sequence[Instance], now: datetime
) -> tuple[InstanceLine, ...]:
    names = short_names([row.key for row in rows])
    prices = {
        (resource.key, offering.type): offering.hourly_price
        for resource in deployment.resources
        for offering in resource.offerings
    }
    ordered = sorted(rows, key=lambda row: (row.resource_key, row.requested_at, row.key))
    return tuple(_instance(row, names[row.key], prices, now) for row in ordered)


def activity(row: Instance) -> Activity:
    if known := _ACTIVITIES.get(row.phase):
        return known
    if row.silent_since:
        return "silent"
    return "idle" if row.idle_since else "busy"


def _instance(
    row: Instance, name: str, prices: Mapping[tuple[str, str], float | None], now: datetime
) -> InstanceLine:
    price = row.hourly_price
    return InstanceLine(
        name=name,
        key=row.key,
        machine=row.instance_id,
        worker=row.worker,
        resource=row.resource_key,
        phase=row.phase,
        activity=activity(row),
        since=row.moved_at,
        idle_since=row.idle_since,
        launched_at=row.launched_at,
        hourly_price=prices.get((row.resource_key, row.type)) if price is None else price,
        protected=row.protected,
        reclaimed=reclaimed(row, now),
        reason=row.reason,
    )
