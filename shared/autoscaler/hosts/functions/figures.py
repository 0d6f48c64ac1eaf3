"""Figures of a tick, for a cloud's metrics: those of an autoscaler that has anything to do."""

from collections.abc import Iterator, Mapping

from autoscaler.core.fleet import Autoscaler, Deployment
from autoscaler.core.seen import Snapshot

Figures = Mapping[str, float]


def counted(deployment: Deployment, seen: Snapshot) -> Iterator[tuple[str, Figures]]:
    """The figures of each autoscaler that has any; tasks are not counted while ClearML is away."""
    for autoscaler in deployment.autoscalers:
        figures = {**_machines(autoscaler, seen), **_tasks(autoscaler, seen)}
        if any(figures.values()):
            yield autoscaler.name, figures


def _machines(autoscaler: Autoscaler, seen: Snapshot) -> dict[str, float]:
    mine = [each for each in seen.supply if each.instance.autoscaler == autoscaler.name]
    return {"Machines": len(mine), "BusyMachines": sum(1 for each in mine if each.busy)}


def _tasks(autoscaler: Autoscaler, seen: Snapshot) -> dict[str, float]:
    if seen.clearml_problem:
        return {}
    refs = {ref for resource in autoscaler.resources for ref in resource.queues}
    queues = {queue.id: queue for ref, queue in seen.queues.items() if ref in refs}.values()
    oldest = min((queue.oldest for queue in queues if queue.oldest), default=seen.now)
    return {
        "WaitingTasks": sum(queue.waiting for queue in queues),
        "OldestWaitSeconds": max(0.0, (seen.now - oldest).total_seconds()),
    }
