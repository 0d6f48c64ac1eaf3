"""What has to be shown, and by how much it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from tests.benchmarks.side_by_side.cases import TRACES, Side
from tests.benchmarks.side_by_side.workloads import Row

_FIGURES: Final = ("cost", "mean_wait_s", "p95_wait_s")


@dataclass(frozen=True, slots=True)
class Aim:
    """`found` is at most `most`, or it is missed. `where`: the worst one, or what was averaged."""

    what: str
    found: float
    most: float
    where: str = ""

    @property
    def met(self) -> bool:
        return self.found <= self.most


def aims(rows: Sequence[Row]) -> list[Aim]:
    """Of the rows of one boot time."""
    synthetic = [row for row in rows if row.name not in TRACES]
    traces = [row for row in rows if row.name in TRACES]
    found = [_worst(rows, figure, peer) for peer in _PEERS for figure in _FIGURES]
    found += [
        Aim("average cost by default's", _mean(synthetic, "cost", "default"), 0.70, "synthetic"),
        Aim("average cost by tuned's", _mean(synthetic, "cost", "tuned"), 0.87, "synthetic"),
    ]
    if traces:
        found += [
            Aim("average waste by default's", _mean(traces, "waste", "default"), 0.35, "traces")
        ]
    for row in rows:
        if row.name == "burst100":
            found += [
                Aim("cost of the burst by default's", row.ratio("cost", "default"), 0.33),
            ]
    return found


_PEERS: Final[tuple[Side, ...]] = ("default", "tuned")


def _worst(rows: Sequence[Row], figure: str, peer: Side) -> Aim:
    ratio, name = max((row.ratio(figure, peer), row.name) for row in rows)
    return Aim(f"{figure} by {peer}'s, at worst", ratio, 1.0, name)


def _mean(rows: Sequence[Row], figure: str, peer: Side) -> float:
    return mean(row.ratio(figure, peer) for row in rows)
