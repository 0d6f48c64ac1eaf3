"""Every workload at every boot time: both sides, and the bounds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.bounds import Bounds, bounds
from tests.benchmarks.side_by_side.cases import SIDES, Case, Side, matrix, price
from tests.benchmarks.side_by_side.figures import Figures, average
from tests.benchmarks.side_by_side.pool import played
from tests.benchmarks.side_by_side.sides import play


@dataclass(frozen=True, slots=True)
class Row:
    """One workload at one boot time, on average over the seeds."""

    name: str
    boot_s: int
    sides: dict[Side, Figures]
    bounds: Bounds

    def ratio(self, figure: str, peer: Side) -> float:
        """Ours by the peer's; 1 where both are nothing."""
        ours, other = (getattr(self.sides[side], figure) for side in ("ours", peer))
        return float(ours / other) if other else float(ours > 0) + 1.0

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "boot_s": self.boot_s,
            **{side: self.sides[side].document() for side in SIDES},
            "lb_work": round(self.bounds.lb_work, 3),
            "opt_zero": round(self.bounds.opt_zero, 3),
        }


def rows(names: Sequence[str], boots: Sequence[int], seeds: Sequence[int]) -> list[Row]:
    """A trace is the same for every seed; it is played with the first seed's boots."""
    cases = matrix(tuple(names), tuple(boots), tuple(seeds))
    ran = played("workloads", play, cases)
    found: dict[tuple[str, int], dict[Side, list[Figures]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for case, run in zip(cases, ran, strict=True):
        found[case.name, case.boot_s][case.side].append(run)
    return [
        Row(
            name,
            boot,
            {side: average(runs) for side, runs in sides.items()},
            _bounds([case for case in cases if (case.name, case.boot_s) == (name, boot)]),
        )
        for (name, boot), sides in found.items()
    ]


def _bounds(cases: Sequence[Case]) -> Bounds:
    """On average over the seeds."""
    alone = [case for case in cases if case.side == "ours"]
    each = [_bound(case) for case in alone]
    return Bounds(
        lb_work=sum(one.lb_work for one in each) / len(each),
        opt_zero=sum(one.opt_zero for one in each) / len(each),
    )


def _bound(case: Case) -> Bounds:
    workload = case.workload()
    prices = {queue: price(queue) for queue in workload.queues}
    return bounds(workload.tasks(), case.boot_s, prices)
