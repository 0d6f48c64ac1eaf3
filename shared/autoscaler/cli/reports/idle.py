"""How long machines without work stay, and why so long."""

from collections.abc import Iterable
from datetime import datetime

from autoscaler.core.fleet import IdlePolicy, Resource
from autoscaler.core.ledger import Learned
from autoscaler.core.rows import LiveSet
from autoscaler.core.timeout import timeout
from autoscaler.core.value import Value


class IdleLine(Value):
    """Times in seconds. What a policy does not ask for is None."""

    resource: str
    policy: IdlePolicy
    limit: int
    max_idle: int
    boot: int | None = None
    break_even: int | None = None
    gaps: int | None = None
    why: str


def idle_line(resource: Resource, live: LiveSet, now: datetime) -> IdleLine:
    most = round(resource.max_idle.total_seconds())
    if resource.policy == "simple":
        return IdleLine(
            resource=resource.key, policy="simple", limit=most, max_idle=most, why="max_idle"
        )
    found = timeout(resource, live.get(Learned, resource.key), live.unavailable, now)
    return IdleLine(
        resource=resource.key,
        policy="adaptive",
        limit=round(found.longest.total_seconds()),
        max_idle=most,
        boot=round(found.boot.total_seconds()),
        break_even=round(found.break_even.total_seconds()),
        gaps=found.gaps,
        why=found.why,
    )


def idle_lines(
    resources: Iterable[Resource], live: LiveSet, now: datetime
) -> tuple[IdleLine, ...]:
    return tuple(idle_line(resource, live, now) for resource in resources)
