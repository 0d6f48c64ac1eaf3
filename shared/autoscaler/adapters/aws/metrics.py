"""Figures for CloudWatch, written to the log in its embedded format.

Every metric costs money in every hour that feeds it. So there are four, with the dimensions
deployment and autoscaler, and none of an autoscaler that has nothing to do.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE: Final = "ClearMLAutoscaler"


def publish(deployment: str, counted: Iterable[tuple[str, Mapping[str, float]]]) -> None:
    """One line of the log for each autoscaler, with what was counted of it."""
    for autoscaler, figures in counted:
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        metrics.add_dimension("deployment", deployment)
        metrics.add_dimension("autoscaler", autoscaler)
        for name, value in figures.items():
            unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
            metrics.add_metric(name, unit, value)
        metrics.flush_metrics()
