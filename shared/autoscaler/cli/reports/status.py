"""`status`: what the table says of queues, resources and instances."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from autoscaler.cli.reports.idle import idle_line
from autoscaler.cli.reports.instances import Activity, InstanceLine, instance_lines
from autoscaler.cli.reports.money import MoneyLine, money_lines
from autoscaler.cli.reports.prices import looked_up_long_ago
from autoscaler.cli.reports.queues import QueueLine, queue_lines
from autoscaler.cli.reports.ticks import is_old
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Breaker, Control, DecisionRow, Phase, Row
from autoscaler.core.limits import EVERYWHERE, paused_by
from autoscaler.core.prices import Quotes
from autoscaler.core.rows import LiveSet
from autoscaler.core.schedules import in_force
from autoscaler.core.value import Value
from autoscaler.core.words import many


class ResourceLine(Value):
    """`idle_limit`: for how many seconds machines may be without work at present."""

    resource: str
    queues: tuple[str, ...]
    live: int
    min: int
    max: int
    coming: int
    idle: int
    busy: int
    leaving: int
    idle_limit: int
    hourly_price: float | None
    note: str


class AutoscalerLine(Value):
    autoscaler: str
    last_tick: datetime | None
    waiting: int | None
    oldest: datetime | None
    live: int
    max: int | None
    paused: tuple[str, ...]


class Status(Value):
    """`last_tick_is_old`: nobody seems to scale any more.

    `old_prices`: when the oldest price was looked up, if that is too long ago.
    """

    deployment: str
    at: datetime
    last_tick: datetime | None
    last_tick_is_old: bool
    waiting: int
    oldest: datetime | None
    live: int
    max: int | None
    hourly_price: float | None
    autoscalers: tuple[AutoscalerLine, ...]
    queues: tuple[QueueLine, ...]
    resources: tuple[ResourceLine, ...]
    money: tuple[MoneyLine, ...]
    old_prices: datetime | None
    instances: tuple[InstanceLine, ...]


def status(
    deployment: Deployment,
    rows: Sequence[Row],
    now: datetime,
    interval: timedelta,
    prices: Quotes,
) -> Status:
    """`prices` are those that were looked up."""
    live = LiveSet(rows)
    deployment = in_force(deployment, now)
    decisions = {row.key: row for row in live.all(DecisionRow)}
    last = max((row.at for row in decisions.values()), default=None)
    instances = instance_lines(deployment, live.living(), now)
    queues = queue_lines(deployment, decisions)
    return Status(
        deployment=deployment.name,
        at=now,
        last_tick=last,
        last_tick_is_old=is_old(last, now, interval),
        waiting=_waiting(queues, decisions.values()),
        oldest=min((row.oldest for row in decisions.values() if row.oldest), default=None),
        live=len(instances),
        max=deployment.max_instances,
        hourly_price=_price(instances),
        autoscalers=tuple(
            _autoscaler(a.name, a.max_instances, live) for a in deployment.autoscalers
        ),
        queues=queues,
        resources=tuple(_resource(r, live, instances, now) for r in deployment.resources),
        money=tuple(money_lines(deployment, live, now)),
        old_prices=looked_up_long_ago(prices, now),
        instances=instances,
    )


def pauses(autoscaler: str, live: LiveSet) -> tuple[str, ...]:
    """What was switched off for this autoscaler, by whom and why."""
    controls = (live.get(Control, key) for key in (EVERYWHERE, autoscaler))
    return tuple(
        f"{what} {paused_by(control)}"
        for control in controls
        if control
        for what, on in (("scale-out", control.scale_out), ("scale-in", control.scale_in))
        if not on
    )


def _autoscaler(name: str, most: int | None, live: LiveSet) -> AutoscalerLine:
    decision = live.decision(name)
    return AutoscalerLine(
        autoscaler=name,
        last_tick=decision.at if decision else None,
        waiting=decision.waiting if decision else None,
        oldest=decision.oldest if decision else None,
        live=sum(row.autoscaler == name for row in live.living()),
        max=most,
        paused=pauses(name, live),
    )


def _resource(
    resource: Resource, live: LiveSet, instances: Iterable[InstanceLine], now: datetime
) -> ResourceLine:
    mine = [line for line in instances if line.resource == resource.key]
    counts = {act: sum(line.activity == act for line in mine) for act in _COUNTED}
    return ResourceLine(
        resource=resource.key,
        queues=resource.queues,
        live=len(mine),
        min=resource.min_instances,
        max=resource.max_instances,
        coming=counts["coming"],
        idle=counts["idle"],
        busy=counts["busy"] + counts["silent"],
        leaving=counts["leaving"],
        idle_limit=idle_line(resource, live, now).limit,
        hourly_price=_price(mine),
        note=_trouble(resource, live, now),
    )


_COUNTED: tuple[Activity, ...] = ("coming", "idle", "busy", "silent", "leaving")


def _trouble(resource: Resource, live: LiveSet, now: datetime) -> str:
    """Why no machine of it starts at present, or the last did not, as far as the table knows."""
    breaker = live.get(Breaker, resource.key)
    if breaker and breaker.failures:
        return f"{many(breaker.failures, 'boot')} failed in a row: {breaker.reason}"
    keys = {f"{resource.key}:{offering.key}" for offering in resource.offerings}
    closed = [row for row in live.unavailable if row.key in keys and row.until > now]
    return f"cannot be had: {closed[0].code}" if closed and len(closed) == len(keys) else ""


def _price(lines: Iterable[InstanceLine]) -> float | None:
    """What is paid for an hour of these; nothing is paid for what was only asked for."""
    prices = [
        line.hourly_price
        for line in lines
        if line.hourly_price is not None and line.phase != Phase.REQUESTED
    ]
    return sum(prices) if prices else None


def _waiting(queues: Sequence[QueueLine], decisions: Iterable[DecisionRow]) -> int:
    """Of all queues; a queue that two autoscalers serve counts once where that is known."""
    known = [line.waiting for line in queues if line.waiting is not None]
    total = sum(row.waiting for row in decisions)
    return sum(known) if len(known) == len(queues) else total
