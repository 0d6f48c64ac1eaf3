"""What one tick teaches: how many machines of each resource have work, and which boots ended."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from autoscaler.core import memory
from autoscaler.core.cover import Cover, Kind
from autoscaler.core.crews import Crews
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.memory import Boot, Memory
from autoscaler.core.seen import Snapshot, Supply


def learned(
    deployment: Deployment, seen: Snapshot, crews: Crews, cover: Cover
) -> Mapping[str, Memory]:
    """The memory of each resource whose policy is `adaptive`, with what was seen now.

    `cover` says which waiting tasks its machines take, those of this plan included. A task that
    came and went between two ticks is not seen, nor one that waits for a machine at a limit.
    """
    return {
        resource.key: _learned(resource, crews[resource.key].machines, seen, cover)
        for resource in deployment.resources
        if resource.policy == "adaptive"
    }


def _learned(
    resource: Resource, machines: Sequence[Supply], seen: Snapshot, cover: Cover
) -> Memory:
    known = seen.memories.get(resource.key)
    working = _working(resource, machines, cover)
    if known is None:
        idle = [s.instance.idle_since or seen.now for s in machines if s.idle and not s.busy]
        known = memory.begun(working, idle, seen.now)
    after = memory.worked(known, working, seen.now)
    return memory.booted(after, _boots(machines), seen.now)


def _working(resource: Resource, machines: Sequence[Supply], cover: Cover) -> int:
    """How many machines the tasks need that run, or that wait and have a slot."""
    waiting = sum(cover.used(resource.key, kind) for kind in Kind)
    tasks = waiting + sum(supply.busy for supply in machines)
    return max(sum(supply.busy > 0 for supply in machines), ceil(tasks / resource.slots))


def _boots(machines: Sequence[Supply]) -> Iterator[Boot]:
    for row in (supply.instance for supply in machines):
        if row.launched_at and row.registered_at:
            yield Boot(row.registered_at, row.registered_at - row.launched_at)
