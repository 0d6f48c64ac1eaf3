"""What the operator asked for, as far as the plan needs to know it."""

from collections.abc import Iterable
from datetime import time, timedelta
from functools import cached_property
from typing import Literal

from pydantic import Field

from autoscaler.core.value import Value

Market = Literal["on-demand", "spot"]
Preferred = Literal["on-demand", ""]
OnShutdown = Literal["leave", "idle", "all"]
IdlePolicy = Literal["adaptive", "simple"]


class Offering(Value):
    """One concrete way to buy a resource: type x zone x market.

    One call may use all offerings that share a `together`, if that says anything. `after`: how
    long all offerings of other markets must have said no before this one is used. `pause`: how
    long it is not asked again after it said no; None is 3 minutes, doubled up to 15.
    """

    type: str
    zone: str = ""
    market: Market = "on-demand"
    hourly_price: float | None = None
    together: str = ""
    after: timedelta = timedelta(0)
    pause: timedelta | None = None

    @property
    def key(self) -> str:
        return ":".join(part for part in (self.type, self.zone, self.market) if part)


def offering_parts(offering: str) -> tuple[str, str, str]:
    """Type, zone and market of an offering's key, whose zone may be missing."""
    parts = offering.split(":")
    return parts[0], ":".join(parts[1:-1]), parts[-1] if parts[1:] else ""


class Budget(Value):
    """How much money may be spent in an hour, a day, a month; None is no limit.

    The hour's is a limit of speed: what all machines that live cost together in an hour. Of a day
    and a month it is the sum. Machines without a price are started only with
    `allow_unknown_prices`, and then count as free. When a limit is passed, what is idle goes at
    once; what works may `finish`, or stops as well and its tasks `requeue`.
    """

    hour: float | None = None
    day: float | None = None
    month: float | None = None
    on_budget: Literal["finish", "requeue"] = "finish"
    allow_unknown_prices: bool = False


class Hours(Value):
    """Other limits on some days (Monday is 0), from one time of the zone's clocks to another.

    An `end` that is not after `begin` is the next day's. What is None stays as it is.
    """

    days: frozenset[int]
    begin: time
    end: time
    timezone: str
    min_instances: int | None = None
    max_instances: int | None = None
    freeze: bool | None = None


class Terms(Value):
    """How long a schedule sets a limit, in words; empty where none does."""

    least: str = ""
    most: str = ""
    freeze: str = ""


class Resource(Value):
    """A kind of machine, bound to queues, with limits.

    `queues` are names or ids as the operator wrote them, in the order in which its agents pull.
    `offerings` are in order of preference. `margin` is how long its compute may take to show a
    machine that exists: absence shorter than this proves nothing. No machine is idle for longer
    than `max_idle`; how much sooner it goes is the policy's matter. Of its machines, those beyond
    `spot_share` are asked for on demand first.
    """

    autoscaler: str
    name: str
    compute: str
    queues: tuple[str, ...]
    offerings: tuple[Offering, ...] = Field(min_length=1)
    min_instances: int = 0
    max_instances: int
    slots: int = 1
    policy: IdlePolicy = "simple"
    spot_share: float = 1.0
    max_idle: timedelta
    max_spin_up: timedelta
    margin: timedelta = timedelta(seconds=180)
    schedule: tuple[Hours, ...] = ()
    terms: Terms = Terms()
    config_hash: str = ""

    @cached_property
    def key(self) -> str:
        return f"{self.autoscaler}/{self.name}"

    def hourly_price(self, type: str, zone: str, market: str) -> float | None:
        """What such a machine costs, when an offering says so; a region's is that of its zones.

        In a zone that no offering names (a subnet was, perhaps) it is the dearest of its kind.
        """
        wanted = (type, market or "on-demand")
        fits = [o for o in self.offerings if (o.type, o.market) == wanted]
        there = [o for o in fits if zone.startswith(o.zone)]
        known = [o.hourly_price for o in there or fits if o.hourly_price is not None]
        return max(known, default=None)

    @cached_property
    def dearest(self) -> float | None:
        """The highest price that any of its offerings is known to have."""
        known = [o.hourly_price for o in self.offerings if o.hourly_price is not None]
        return max(known, default=None)

    @property
    def priced(self) -> bool:
        return all(o.hourly_price is not None for o in self.offerings)


class Autoscaler(Value):
    """One configured unit: a workers' prefix, a budget of machines, resources in preference.

    `on_shutdown` is which of its machines stop when it leaves the configuration.
    """

    name: str
    prefix: str
    max_instances: int | None = None
    budget: Budget | None = None
    on_shutdown: OnShutdown = "idle"
    schedule: tuple[Hours, ...] = ()
    terms: Terms = Terms()
    resources: tuple[Resource, ...]


class OnLost(Value):
    """What becomes of a task whose machine died: back to the front of its queue, by default.

    `reset` forgets what it did first, `fail` ends it, `ignore` leaves it to ClearML. A task that
    lost more than `most` machines fails.
    """

    policy: Literal["requeue", "reset", "fail", "ignore"] = "requeue"
    most: int = 3


class Timing(Value):
    """How long the protocol waits; every host states its own.

    `claim`: nobody else calls the cloud for a launch while one caller may still be at it.
    `deadline`: how long a launch may go on asking for its machines.
    `drain`: how long a guard may be silent before the reaper looks for itself.
    `lease`: how long a planner that says nothing keeps others from planning (saves work only).
    `recheck`: how soon a row that waits for something is announced again.
    """

    claim: timedelta = timedelta(seconds=75)
    deadline: timedelta = timedelta(minutes=15)
    drain: timedelta = timedelta(minutes=3)
    lease: timedelta = timedelta(seconds=50)
    recheck: timedelta = timedelta(seconds=60)

    @property
    def stop(self) -> timedelta:
        """How long a machine without work may live on from the moment it should go."""
        return self.drain + 2 * self.recheck


class Deployment(Value):
    """All autoscalers that share one state table, in the order in which they were written.

    `queue_on_lost` is by queue, as the operator wrote it; `on_lost` is the other queues'.
    `queue_budgets` are by queue as well, for the machines that were launched for it. Days and
    months are `timezone`'s.
    """

    name: str
    max_instances: int | None = None
    autoscalers: tuple[Autoscaler, ...]
    on_lost: OnLost = OnLost()
    queue_on_lost: dict[str, OnLost] = Field(default_factory=dict)
    budget: Budget | None = None
    queue_budgets: dict[str, Budget] = Field(default_factory=dict)
    timezone: str = "UTC"
    timing: Timing = Timing()

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(r for autoscaler in self.autoscalers for r in autoscaler.resources)

    @cached_property
    def by_key(self) -> dict[str, Resource]:
        return {resource.key: resource for resource in self.resources}

    @cached_property
    def queue_refs(self) -> tuple[str, ...]:
        """Every queue that some resource serves: in the order in which they share what is left."""
        return tuple(dict.fromkeys(ref for r in self.resources for ref in r.queues))


def changed(deployment: Deployment, autoscalers: Iterable[Autoscaler]) -> Deployment:
    """The deployment with other autoscalers; a copy would keep what was cached of these."""
    values = {name: getattr(deployment, name) for name in Deployment.model_fields}
    return Deployment.model_validate(values | {"autoscalers": tuple(autoscalers)})


def winding_down(deployment: Deployment) -> Deployment:
    """The same deployment with nothing wanted any more: what is idle goes, nothing starts."""
    nothing = {
        "min_instances": 0,
        "max_instances": 0,
        "max_idle": timedelta(0),
        "schedule": (),
    }
    return changed(
        deployment,
        (
            autoscaler.model_copy(
                update={
                    "schedule": (),
                    "resources": tuple(r.model_copy(update=nothing) for r in autoscaler.resources),
                }
            )
            for autoscaler in deployment.autoscalers
        ),
    )
