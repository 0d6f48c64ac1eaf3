"""The machines of each resource, gone through once for all that a plan wants to know of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.reclaim import reclaimed, why
from autoscaler.core.seen import Snapshot, Supply

Why = tuple[Cause, str]


@dataclass(frozen=True, slots=True)
class Crew:
    """The machines that were launched for one resource.

    `resource` is None when it has left the configuration. `unwanted` says of some machines, by
    their keys, why nobody counts on them.
    """

    key: str
    resource: Resource | None
    machines: Sequence[Supply]
    unwanted: Mapping[str, Why]

    @property
    def wanted(self) -> Iterator[Supply]:
        """Those that people count on."""
        return (each for each in self.machines if each.instance.key not in self.unwanted)

    @property
    def idle(self) -> int:
        """Slots that may take a task now."""
        return sum(each.idle for each in self.wanted)

    def coming(self, now: datetime) -> int:
        """Slots on their way, but for those of machines that their cloud takes back."""
        awaited = (each for each in self.machines if each.coming)
        return sum(each.coming for each in awaited if not reclaimed(each.instance, now))

    @property
    def living(self) -> Iterator[Supply]:
        return (each for each in self.machines if each.instance.phase != Phase.GONE)


Crews = Mapping[str, Crew]
"""By the key of the resource."""


def crews(deployment: Deployment, seen: Snapshot) -> Crews:
    """One for each resource that is configured, and for each that machines are left of."""
    found: dict[str, list[Supply]] = {key: [] for key in deployment.by_key}
    for supply in seen.supply:
        found.setdefault(supply.instance.resource_key, []).append(supply)
    return {
        key: _crew(key, deployment.by_key.get(key), machines, seen.now)
        for key, machines in found.items()
    }


def _crew(key: str, resource: Resource | None, machines: Sequence[Supply], now: datetime) -> Crew:
    reasons = ((each.instance, _unwanted(each.instance, resource, now)) for each in machines)
    return Crew(key, resource, machines, {row.key: why for row, why in reasons if why})


def _unwanted(row: Instance, resource: Resource | None, now: datetime) -> Why | None:
    """Why nobody counts on the machine: it is about to go, or not what people want; or None.

    It takes no more work, or its agents may pull from other queues than its resource's today, so
    its idle slots are not counted on: a task might wait for them for ever.
    """
    if row.reclaim_at and reclaimed(row, now):
        return Cause.RECLAIMED, why(row.reclaim_at)
    if resource is None:
        reason = f"resource {row.resource_key} is no longer in the configuration"
        return Cause.RESOURCE_REMOVED, reason
    if row.dismissed:
        return Cause.DISMISSED, row.dismissed
    if row.config_hash and row.config_hash != resource.config_hash:
        return Cause.DRIFTED, "the configuration changed since it was launched"
    return None
