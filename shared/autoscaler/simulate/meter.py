"""Counts what a run costs and what people get for it; it knows nothing of who scales."""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from autoscaler.core.seen import Machine
from autoscaler.simulate.outcome import Outcome, Waits
from autoscaler.simulate.series import Series
from autoscaler.world.cloud import Box, Time

_HOUR = 3600.0
_CURVES = ("booting", "idle", "busy", "waiting", "price")


@dataclass(slots=True)
class _Reading:
    """A machine that lives: what it costs in an hour, and how many of its slots have a task."""

    box: Box
    price: float
    up: bool = False
    tasks: int = 0
    ran: bool = False

    @property
    def phase(self) -> str:
        if not self.up:
            return "booting"
        return "busy" if self.tasks else "idle"


class Meter:
    """Hears what happens as it happens. Memory: eight bytes for each task, else none that grows.

    A machine is billed from its launch until it is stopped, for `least_s` seconds at least.
    """

    def __init__(
        self, time: Time, price: Callable[[Machine], tuple[float, bool]], least_s: float
    ) -> None:
        """`price` is a machine's for an hour, and whether anybody said it."""
        self._time = time
        self._price = price
        self._least = least_s
        self._living: dict[str, _Reading] = {}
        self._waits: dict[str, array[float]] = {}
        self._series = Series(_CURVES)
        self._useful = 0.0
        self._billed = 0.0
        self._cost = 0.0
        self._counts: Counter[str] = Counter()

    @property
    def living(self) -> int:
        return len(self._living)

    @property
    def finished(self) -> int:
        return sum(map(len, self._waits.values()))

    # --- tasks ---

    def submitted(self) -> None:
        self._counts["tasks"] += 1
        self._change(waiting=1)

    def begun(self) -> None:
        self._change(waiting=-1)

    def done(self, queue: str, wait: float, duration: float, slots: int) -> None:
        """The last run of a task came to its end."""
        self._waits.setdefault(queue, array("d")).append(wait)
        self._useful += duration / slots

    def cut(self, how: str, *, begun: bool) -> None:
        """A run ended with its machine: `kills`, `reclaimed` or `died`. The task waits again."""
        self._counts[how] += 1
        if begun:
            self._change(waiting=1)

    def requeued(self) -> None:
        self._counts["requeues"] += 1

    # --- machines ---

    def launched(self, box: Box) -> None:
        price, is_known = self._price(box.machine)
        self._counts["launches"] += 1
        self._counts["unpriced"] += not is_known
        self._living[box.id] = _Reading(box, price)
        self._change(booting=1, price=price)

    def up(self, box: Box) -> None:
        self._living[box.id].up = True
        self._change(booting=-1, idle=1)

    def holds(self, machine: str, tasks: int) -> None:
        """So many more tasks are on the machine."""
        reading = self._living[machine]
        before = reading.phase
        reading.tasks += tasks
        reading.ran = reading.ran or tasks > 0
        if before != reading.phase:
            self._change(**{before: -1, reading.phase: 1})

    def stopped(self, box: Box) -> None:
        reading = self._living.pop(box.id)
        self._change(**{reading.phase: -1, "price": -reading.price})
        self._bill(reading)

    # --- the sum ---

    def outcome(self, workload: str, seed: int, lost: int, calls: dict[str, int]) -> Outcome:
        """So far; machines that live are billed until now. Call it once, at the end."""
        self._series.advance(self._time.at)
        for reading in self._living.values():
            self._bill(reading)
        waits = Waits.of([wait for each in self._waits.values() for wait in each])
        return Outcome(
            workload=workload,
            seed=seed,
            tasks=self._counts["tasks"],
            finished=waits.tasks,
            cost=self._cost,
            mean_wait_s=waits.mean_s,
            p50_wait_s=waits.p50_s,
            p95_wait_s=waits.p95_s,
            max_wait_s=waits.max_s,
            machine_hours=self._billed / _HOUR,
            waste=(self._billed - self._useful) / _HOUR,
            launches=self._counts["launches"],
            idle_launches=self._counts["idle_launches"],
            kills=self._counts["kills"],
            reclaimed=self._counts["reclaimed"],
            died=self._counts["died"],
            requeues=self._counts["requeues"],
            lost=lost,
            hours=self._time.at / _HOUR,
            unpriced=self._counts["unpriced"],
            calls=calls,
            waits=waits,
            queues={queue: Waits.of(each) for queue, each in sorted(self._waits.items())},
            curves=self._series.curves(),
        )

    def _bill(self, reading: _Reading) -> None:
        seconds = max(self._least, self._time.at - reading.box.started)
        self._billed += seconds
        self._cost += seconds / _HOUR * reading.price
        self._counts["idle_launches"] += not reading.ran

    def _change(self, **by: float) -> None:
        self._series.change(self._time.at, by)
