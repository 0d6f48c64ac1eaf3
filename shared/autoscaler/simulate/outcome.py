"""What a run came to."""

from collections.abc import Mapping, Sequence

from autoscaler.core.value import Value
from autoscaler.simulate.series import Curves

_CENTILES = 100


class Waits(Value):
    """How long tasks waited from their submission to the start of their last run, in seconds.

    `centiles` are the 0th to the 100th percentile. All is 0 when no task was finished.
    """

    tasks: int = 0
    mean_s: float = 0.0
    p50_s: float = 0.0
    p90_s: float = 0.0
    p95_s: float = 0.0
    p99_s: float = 0.0
    max_s: float = 0.0
    centiles: tuple[float, ...] = ()

    @classmethod
    def of(cls, waits: Sequence[float]) -> "Waits":
        if not waits:
            return cls()
        ranked = sorted(waits)
        return cls(
            tasks=len(ranked),
            mean_s=sum(ranked) / len(ranked),
            p50_s=_percentile(ranked, 50),
            p90_s=_percentile(ranked, 90),
            p95_s=_percentile(ranked, 95),
            p99_s=_percentile(ranked, 99),
            max_s=ranked[-1],
            centiles=tuple(_percentile(ranked, each) for each in range(_CENTILES + 1)),
        )


class Outcome(Value):
    """The figures of one run.

    `cost` is in the unit of the prices. `waste` are machine-hours that were billed and in which
    no task ran that was finished later. `launches` count machines, `idle_launches` those that
    never began a task. `kills` are runs that ended because the machine was ended by whoever
    scales, `reclaimed` those that ended because the cloud took it back, `died` the others;
    `requeues` how often a task was put back. `lost` tasks never came to their end. `calls` are by
    whom they were made to: `clearml`, `cloud`; `ticks` is how often the poller looked.
    `unpriced` machines had no price, and were counted at the model's.
    """

    workload: str
    seed: int
    tasks: int
    finished: int
    cost: float
    mean_wait_s: float
    p50_wait_s: float
    p95_wait_s: float
    max_wait_s: float
    machine_hours: float
    waste: float
    launches: int
    idle_launches: int
    kills: int
    reclaimed: int
    died: int
    requeues: int
    lost: int
    hours: float
    unpriced: int = 0
    calls: dict[str, int]
    waits: Waits
    queues: dict[str, Waits]
    curves: Curves

    def figures(self) -> Mapping[str, object]:
        """What can be compared at a glance: everything but the distributions and the curves."""
        return self.model_dump(exclude={"waits", "queues", "curves"})


def _percentile(ranked: Sequence[float], percent: int) -> float:
    """By nearest rank: so many percent of the tasks waited no longer than this."""
    rank = max(1, -(-percent * len(ranked) // _CENTILES))
    return ranked[rank - 1]
