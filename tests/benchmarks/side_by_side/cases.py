"""What is played: workloads, boot times and seeds. All of it was fixed before anything was tuned.

Constants of the policy may be chosen by the tuning seeds alone.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal

from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.simulate.files import read_trace
from autoscaler.simulate.generators import NAMES, generate
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.workload import Workload

Side = Literal["ours", "default", "tuned"]
SIDES: Final[tuple[Side, ...]] = ("ours", "default", "tuned")
BOOTS: Final = (180, 45, 90, 420)
TRACES: Final = ("openb", "philly_vc3")
TUNING: Final = (1, 2, 3)
PRICES: Final = {"cpu": 0.2, "gpu8": 8.0, "gpu24": 3.0}
"""Of a machine-hour, by queue; every other one costs 1."""
MOST: Final = 1000
_P95 = 263 / 180
"""Of a boot, by its mean."""
_PATIENCE = 60 * 86400.0


@dataclass(frozen=True, slots=True)
class Case:
    """One workload, played by one side. The same name and seed are the same tasks and boots."""

    name: str
    boot_s: int
    seed: int
    side: Side

    @property
    def is_trace(self) -> bool:
        return self.name in TRACES

    def workload(self) -> Workload:
        if self.is_trace:
            return read_trace(traces_dir() / f"{self.name}.csv")
        return generate(self.name, self.seed)

    def models(self) -> Models:
        return models(self.boot_s)


def models(boot_s: float) -> Models:
    """A run ends when all is done: traces have tasks that run for a month."""
    return Models(boot=Boot(mean=boot_s, p95=boot_s * _P95), patience_s=_PATIENCE)


def matrix(names: tuple[str, ...], boots: tuple[int, ...], seeds: tuple[int, ...]) -> list[Case]:
    """A trace is the same for every seed: it is played once, with the first seed's boots."""
    return [
        Case(name, boot, seed, side)
        for name in names
        for boot in boots
        for seed in (seeds[:1] if name in TRACES else seeds)
        for side in SIDES
    ]


def names() -> tuple[str, ...]:
    """Every workload that is here: traces where `TRACES_DIR` says where they are."""
    return (*NAMES, *(name for name in TRACES if (traces_dir() / f"{name}.csv").is_file()))


def traces_dir() -> Path:
    return Path(os.environ.get("TRACES_DIR", "no-traces"))


def price(queue: str) -> float:
    return PRICES.get(queue, 1.0)


@cache
def deployment(queues: tuple[str, ...]) -> Deployment:
    """One resource for each queue, as ClearML's autoscaler has it; every setting is the default's.

    There is no maximum that anybody could reach.
    """
    resources = tuple(
        Resource(
            autoscaler="team",
            name=queue,
            compute="cloud",
            queues=(queue,),
            offerings=(Offering(type=f"{queue}.large", hourly_price=price(queue)),),
            max_instances=MOST,
            policy="adaptive",
            max_idle=timedelta(minutes=15),
            max_spin_up=timedelta(minutes=30),
        )
        for queue in queues
    )
    team = Autoscaler(name="team", prefix="dynamic_aws", resources=resources)
    return Deployment(name="benchmark", autoscalers=(team,))
