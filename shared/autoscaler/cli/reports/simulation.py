"""What `simulate` tells: each variant, and what was assumed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from autoscaler.core.value import Value
from autoscaler.simulate.outcome import Outcome


class Variant(Value):
    name: str
    outcome: Outcome


class Simulation(Value):
    """The first variant is the one that the others are compared with.

    `notes` say what a reader has to know of the tasks. `cpu_s`: what the simulation took.
    """

    workload: str
    start: datetime
    seed: int
    boot_mean_s: float
    boot_p95_s: float
    spot_zones: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cpu_s: float
    variants: tuple[Variant, ...]

    def for_scripts(self) -> Mapping[str, Any]:
        """Everything but the curves, which are for eyes."""
        left_out = {"variants": {"__all__": {"outcome": {"curves"}}}}
        return self.model_dump(mode="json", exclude=left_out)
