"""The machines of each resource, gone through once for all that a plan wants to know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.reclaim import reclaimed, why
from autoscaler.core.seen import Snapshot, Supply

_LEAVING = (Phase.DRAINING, Phase.TERMINATING)
Why = tuple[Cause, str]


@dataclass(frozen=True, slots=True)
class Crew:
    """The living machines that were launched for one resource.

    `resource` is None when it has left the configuration. `unwanted` says of some machines, by
    their keys, why nobody counts on them; `idle` are the slots of the others that may take a task
    now. `leaving` are those on their way out.
    """

    key: str
    resource: Resource | None
    machines: Sequence[Supply]
    unwanted: Mapping[str, Why]
    idle: int
    leaving: Sequence[Instance]

    @property
    def wanted(self) -> Sequence[Supply]:
        """The machines that people count on."""
        if not self.unwanted:
            return self.machines
        return [each for each in self.machines if each.instance.key not in self.unwanted]

    def coming(self, now: datetime) -> int:
        """Slots on their way, but for those of machines that their cloud takes back."""
        awaited = [each for each in self.machines if each.coming]
        return sum(each.coming for each in awaited if not reclaimed(each.instance, now))


Crews = Mapping[str, Crew]
"""By the key of the resource."""


def crews(deployment: Deployment, seen: Snapshot) -> Crews:
    """One for each resource that is configured, and for each that machines are left of."""
    found: dict[str, list[Supply]] = {key: [] for key in deployment.by_key}
    gone = Phase.GONE
    for supply in seen.supply:
        row = supply.instance
        if row.phase != gone:
            found.setdefault(row.resource_key, []).append(supply)
    return {
        key: _crew(key, deployment.by_key.get(key), machines, seen.now)
        for key, machines in found.items()
    }


def _crew(key: str, resource: Resource | None, machines: Sequence[Supply], now: datetime) -> Crew:
    unwanted: dict[str, Why] = {}
    leaving: list[Instance] = []
    idle = 0
    for supply in machines:
        row = supply.instance
        if row.phase in _LEAVING:
            leaving.append(row)
        if because := _unwanted(row, resource, now):
            unwanted[row.key] = because
        else:
            idle += supply.idle
    return Crew(key, resource, machines, unwanted, idle, leaving)


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
