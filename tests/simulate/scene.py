"""Small deployments and workloads for simulations."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.workload import Task, Workload, workload

MINUTE = timedelta(minutes=1)
STEADY = Models(boot=Boot(mean=100, p95=100))
"""Every boot takes 100 seconds."""


def resource(name: str = "gpu", **changes: object) -> Resource:
    values: dict[str, object] = {
        "autoscaler": "team",
        "name": name,
        "compute": "ec2",
        "queues": ("gpu",),
        "offerings": (Offering(type="large", hourly_price=2.0),),
        "max_instances": 10,
        "max_idle": 15 * MINUTE,
        "max_spin_up": 30 * MINUTE,
    }
    return Resource.model_validate(values | changes)


def deployment(*resources: Resource, **changes: object) -> Deployment:
    mine = resources or (resource(),)
    values: dict[str, object] = {
        "name": "scene",
        "autoscalers": (Autoscaler(name="team", prefix="dyn", resources=mine),),
    }
    return Deployment.model_validate(values | changes)


def spot(*zones: str) -> tuple[Offering, ...]:
    """A spot machine in each zone, and one on demand behind them."""
    cheap = [Offering(type="large", zone=z, market="spot", hourly_price=0.6) for z in zones]
    return (*cheap, Offering(type="large", hourly_price=2.0))


def tasks(*seconds: tuple[float, float], queue: str = "gpu") -> Workload:
    """Each is when it is submitted and how long it takes."""
    return workload(
        "by hand",
        [Task(f"t{n}", queue, at, length) for n, (at, length) in enumerate(seconds)],
    )


def chance(count: int, seed: int = 1, *, gap: float = 900.0, queues: int = 1) -> Workload:
    """So many tasks, `gap` seconds apart on average; they are made as they are asked for."""
    names = tuple(f"queue-{number}" for number in range(queues)) if queues > 1 else ("gpu",)

    def made() -> Iterator[Task]:
        random, at = Random(seed), 0.0
        for number in range(count):
            at += random.expovariate(1 / gap)
            length = random.lognormvariate(6.0, 1.0)
            yield Task(str(number), random.choice(names), round(at, 1), round(length, 1))

    return Workload("by chance", names, made, count=count)
