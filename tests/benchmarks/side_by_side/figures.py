"""What a side came to, and what several runs came to on average."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from statistics import mean
from typing import Any

from autoscaler.simulate.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """`waste`: machine-hours billed in which no task ran that was finished later."""

    cost: float
    mean_wait_s: float
    p95_wait_s: float
    waste: float
    kills: float
    launches: float
    idle_launches: float

    def document(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


def figures(outcome: Outcome) -> Figures:
    return Figures(**{name: float(getattr(outcome, name)) for name in _NAMES})


def average(runs: Iterable[Figures]) -> Figures:
    known = list(runs)
    values: dict[str, Any] = {name: mean(getattr(run, name) for run in known) for name in _NAMES}
    return Figures(**values)


_NAMES = tuple(field.name for field in fields(Figures))
