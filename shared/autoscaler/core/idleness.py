"""Whether an idle machine has been idle for long enough, by the policy of its resource."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from math import ceil

from autoscaler.core.cover import Cover, Kind
from autoscaler.core.crews import Crew, Crews
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Instance
from autoscaler.core.memory import Memory, needed_lately
from autoscaler.core.seen import Snapshot
from autoscaler.core.timeout import SHORTEST, timeout
from autoscaler.core.words import many, span


class Idleness:
    """`simple`: each machine by its own clock. `adaptive`: as many stay as were needed lately.

    Agents share tasks out as it happens, so with many machines each is busy now and then and no
    clock of one machine tells that half of them would do. Under both nothing is idle for longer
    than `max_idle`.
    """

    def __init__(
        self,
        deployment: Deployment,
        seen: Snapshot,
        crews: Crews,
        cover: Cover,
        memories: Mapping[str, Memory],
    ) -> None:
        self._now = seen.now
        self._resources = deployment.by_key
        self._memories = memories
        self._unavailable = seen.unavailable
        self._known: dict[str, int] = {}
        closed = {u.key for u in seen.unavailable if u.until > seen.now}
        self._spot_again = {key for key in memories if _has_spot(self._resources[key], closed)}
        self._idle: set[str] = set()
        self._left = {key: self._count(crews[key], cover) for key in memories}

    def stays(self, row: Instance) -> str | None:
        """Why it has not been idle for long enough, or None when it has."""
        key, idle = row.resource_key, self._idle_for(row)
        most = self._resources[key].max_idle
        if idle >= most:
            return None
        if key not in self._memories:
            return f"idle for {span(idle)}, limit {span(most)}"
        if self._stands_in(row):
            return f"idle for {span(idle)}, limit {span(SHORTEST)}" if idle < SHORTEST else None
        needed = self._needed(key)
        if self._left[key] > needed:
            return None
        words = f"{many(needed, 'machine')} more had work so lately that it pays to wait"
        return f"idle for {span(idle)}; {words}"

    def ended(self, row: Instance) -> str:
        """Why it goes, where `stays` was None."""
        key, idle = row.resource_key, self._idle_for(row)
        most = self._resources[key].max_idle
        if idle >= most:
            return f"idle for {span(idle)}, limit {span(most)}"
        if self._stands_in(row):
            return f"idle for {span(idle)}; spot machines can be had again, for less"
        return f"idle for {span(idle)}; so many were not needed lately"

    def goes(self, row: Instance) -> None:
        """There is one less from now on, for whatever reason."""
        if row.key in self._idle:
            self._idle.remove(row.key)
            self._left[row.resource_key] -= 1

    def _stands_in(self, row: Instance) -> bool:
        """Whether it was bought on demand because no spot machine could be had, and one can now.

        What it would save the next task is a boot; what it would cost it is its price for as long
        as that task runs.
        """
        return row.market != "spot" and row.resource_key in self._spot_again

    def _needed(self, key: str) -> int:
        """How many idle machines of the resource pay; worked out once somebody asks."""
        if key not in self._known:
            memory = self._memories[key]
            found = timeout(self._resources[key], memory, self._unavailable, self._now)
            self._known[key] = needed_lately(memory, found.waits, self._now)
        return self._known[key]

    def _count(self, crew: Crew, cover: Cover) -> int:
        """Machines without work, less those that waiting tasks are about to take."""
        wanted = crew.wanted
        idle = [each.instance.key for each in wanted if each.idle and not each.busy]
        self._idle.update(idle)
        beside = sum(each.idle for each in wanted if each.busy)
        taken = max(0, cover.used(crew.key, Kind.IDLE) - beside)
        return len(idle) - ceil(taken / self._resources[crew.key].slots)

    def _idle_for(self, row: Instance) -> timedelta:
        return self._now - (row.idle_since or self._now)


def _has_spot(resource: Resource, closed: Collection[str]) -> bool:
    """Whether one of its spot offerings can be had; not where a mix is wanted anyway."""
    return resource.spot_share >= 1 and any(
        o.market == "spot" and f"{resource.key}:{o.key}" not in closed for o in resource.offerings
    )
