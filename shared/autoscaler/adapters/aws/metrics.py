"""Figures for CloudWatch, written to the log in its embedded format.

Every metric costs money in every hour that feeds it. So there are four, with the dimensions
deployment and autoscaler, and none of an autoscaler that has nothing to do.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from autoscaler.core.fleet import Autoscaler, Deployment
from autoscaler.core.seen import Snapshot

NAMESPACE: Final = "ClearMLAutoscaler"


def publish(deployment: Deployment, seen: Snapshot) -> None:
    """One line of the log for each autoscaler that has work or machines."""
    for autoscaler, figures in counted(deployment, seen):
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        metrics.add_dimension("deployment", deployment.name)
        metrics.add_dimension("autoscaler", autoscaler)
        for name, value in figures.items():
            unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
            metrics.add_metric(name, unit, value)
        metrics.flush_metrics()


def counted(deployment: Deployment, seen: Snapshot) -> Iterator[tuple[str, Mapping[str, float]]]:
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
