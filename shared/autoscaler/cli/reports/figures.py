"""The figures of a simulation, side by side: what each is called, and what is better."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Literal

from autoscaler.cli.reports.simulation import Simulation
from autoscaler.core.value import Value
from autoscaler.core.words import amount, span
from autoscaler.simulate.outcome import Outcome

Unit = Literal["money", "time", "hours", "count"]
_LEAST_TOLD = 0.005
_HUNDRED = 100.0


class Figure(Value):
    """One figure of every variant; less of it is better, unless it `only_tells`."""

    label: str
    meaning: str
    unit: Unit
    values: tuple[float, ...]
    only_tells: bool = False

    def shown(self, value: float) -> str:
        if self.unit == "money":
            return amount(value)
        if self.unit == "time":
            return span(timedelta(seconds=value))
        return f"{value:,.1f} h" if self.unit == "hours" else f"{value:,.0f}"

    def change(self, number: int) -> str:
        """How much more or less than the first variant; empty where there is nothing to say."""
        first, other = self.values[0], self.values[number]
        if number == 0 or first == 0 or abs(other - first) < _LEAST_TOLD * abs(first):
            return ""
        percent = (other - first) / abs(first) * _HUNDRED
        return f"{'+' if percent > 0 else '−'}{abs(percent):.0f} %"  # noqa: RUF001  a minus

    def is_better(self, number: int) -> bool:
        return self.values[number] < self.values[0]


def figures(simulation: Simulation) -> Sequence[Figure]:
    """The figures that say something, the ones that matter first."""
    return list(_figures([variant.outcome for variant in simulation.variants]))


def _figures(outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    def figure(
        label: str,
        unit: Unit,
        of: Callable[[Outcome], float],
        meaning: str,
        *,
        tells: bool = False,
    ) -> Figure:
        values = tuple(of(each) for each in outcomes)
        return Figure(label=label, meaning=meaning, unit=unit, values=values, only_tells=tells)

    per_launch = "machines that were started"
    yield figure("cost", "money", lambda o: o.cost, "in the unit of your prices")
    yield figure("wait, mean", "time", lambda o: o.mean_wait_s, "from submission to start")
    yield figure("wait, median", "time", lambda o: o.p50_wait_s, "half of the tasks wait longer")
    yield figure("wait, p95", "time", lambda o: o.p95_wait_s, "one task in 20 waits longer")
    yield figure("wait, longest", "time", lambda o: o.max_wait_s, "the task that waited longest")
    yield figure("machine-hours", "hours", lambda o: o.machine_hours, "billed", tells=True)
    yield figure("wasted", "hours", lambda o: o.waste, "billed, and no task ran")
    yield figure("launches", "count", lambda o: o.launches, per_launch, tells=True)
    rare = [
        figure("never used", "count", lambda o: o.idle_launches, "launches that ran no task"),
        figure("killed", "count", lambda o: o.kills, "runs that scaling in ended"),
        figure("reclaimed", "count", lambda o: o.reclaimed, "runs that the cloud ended"),
        figure("put back", "count", lambda o: o.requeues, "tasks that went back to their queue"),
    ]
    yield from (each for each in rare if any(each.values))
    yield figure(
        "never done", "count", lambda o: o.lost, "tasks that were not finished at the end"
    )
