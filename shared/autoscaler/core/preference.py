"""Which market to ask first: for a task that spot machines keep dropping, and for a mix."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import floor
from typing import NamedTuple

from autoscaler.core.crews import Crew, Crews
from autoscaler.core.fleet import Preferred, Resource
from autoscaler.core.ledger import Repair
from autoscaler.core.seen import Snapshot

OFTEN = 2
_ROUNDING = 1e-9


class Part(NamedTuple):
    """So many machines, the market that they are asked for first, and why."""

    machines: int
    prefer: Preferred
    because: str


class Markets:
    """Which of the machines that live, or that this plan orders, are spot machines."""

    def __init__(self, seen: Snapshot, crews: Crews) -> None:
        self._waiting = [row for row in seen.repairs if row.key not in seen.running]
        self._queues = {ref: queue.id for ref, queue in seen.queues.items()}
        self._all = Counter({key: len(crew.machines) for key, crew in crews.items()})
        self._spot = Counter({key: _spot_machines(crew) for key, crew in crews.items()})

    def parts(self, resource: Resource, queue: str, wanted: int) -> Iterator[Part]:
        """The machines that are wanted, by market; those on demand first."""
        prefer, because = preference(resource, self._queues[queue], self._waiting)
        if prefer:
            yield Part(wanted, prefer, because)
            return
        firm = self._not_spot(resource, wanted)
        if firm:
            because = f"on-demand first: at most {resource.spot_share:.0%} spot"
            yield Part(firm, "on-demand", because)
        if wanted > firm:
            yield Part(wanted - firm, "", "")

    def started(self, resource: Resource, prefer: Preferred, count: int) -> None:
        self._all[resource.key] += count
        self._spot[resource.key] += 0 if prefer else count

    def _not_spot(self, resource: Resource, wanted: int) -> int:
        """How many of these are too many for spot machines."""
        if resource.spot_share == 1 or not _has_a_choice(resource):
            return 0
        total = self._all[resource.key] + wanted
        most = floor(total * resource.spot_share + _ROUNDING)
        return wanted - max(0, min(wanted, most - self._spot[resource.key]))


def preference(
    resource: Resource, queue_id: str, waiting: Sequence[Repair]
) -> tuple[Preferred, str]:
    """What machines for the queue should be, and why, in words; "" leaves all as it is.

    `waiting` are tasks that lost machines and that nobody runs again yet.
    """
    dropped = [row for row in waiting if row.queue == queue_id and row.count >= OFTEN]
    if not dropped or not _has_a_choice(resource):
        return "", ""
    worst = max(dropped, key=lambda row: row.count)
    return "on-demand", f"on-demand first: task {worst.key} lost {worst.count} machines"


def _spot_machines(crew: Crew) -> int:
    return len([s for s in crew.machines if s.instance.market != "on-demand"])


def _has_a_choice(resource: Resource) -> bool:
    return len({offering.market for offering in resource.offerings}) > 1
