"""Workloads of known shape, from a seed. What they are made of was measured on real traces.

Two traces were measured: *openb*, 7,228 tasks in 34 days on four queues (Alibaba clusterdata,
cluster-trace-gpu-v2023), and *philly*, 992 tasks in 94 days of one virtual cluster (Microsoft
Philly, CC-BY-4.0, by way of the Muri artifact). A burst is a run of tasks, each handed in at most
60 s after the one before.

- How long a task runs: openb's median is 610 s, the sd of the logarithms 1.81. `WHOLE` is that,
  cut at openb's p99. Nine of ten tasks there run at most two hours, for 1,094 s on average: `BODY`
  is cut at two hours, and its mean is 1,160 s.
- The same by queue: openb's cpu 492 s and 1.68, gpu1 638 s and 1.82: `CPU` and `GPU`.
- In a large burst (openb, eight tasks or more): mean 584 s, and the sd of the logarithms is 1.06
  within a burst and 0.74 between bursts: `SWEEP` (mean 580 s) and `_ALIKE`.
- Time between tasks: 409.6 s on average in openb, 2,754 s on cpu, 485 s on gpu1. Between bursts of
  eight and more there (each task at most 300 s after the one before): 5.6 h. Between bursts in
  philly the sd of the logarithms is 1.91.
- The size of a burst: 1.39 on average in openb, 1.415 in philly; geometric here. The time between
  its tasks: 15.6 s on average in philly; a script that hands in a sweep needs 0.2 s for each.
- The hours of a day and the days of a week: openb's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush, merge
from itertools import islice
from math import ceil, log
from random import Random
from typing import Final

from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.workload import Task, Workload

_HOUR, _DAY, _WEEK = 3600.0, 86400.0, 604800.0


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lognormal durations in seconds; what falls outside of the cuts is drawn again."""

    median: float
    spread: float
    longest: float
    shortest: float = 20.0

    def draw(self, random: Random, factor: float = 1.0) -> float:
        while True:
            length = factor * random.lognormvariate(log(self.median), self.spread)
            if self.shortest <= length <= self.longest:
                return round(length, 1)


@dataclass(frozen=True, slots=True)
class Bursts:
    """Seconds between their beginnings, tasks in each, seconds between those; how long they run.

    `between`: how much the medians of the bursts differ, as the sd of their logarithms.
    """

    gap: float
    size: float
    within: float
    lengths: Lengths
    between: float = 0.0


BODY: Final = Lengths(median=610, spread=1.81, longest=2 * _HOUR)
WHOLE: Final = Lengths(median=610, spread=1.81, longest=74_653)
CPU: Final = Lengths(median=492, spread=1.68, longest=2 * _HOUR)
GPU: Final = Lengths(median=638, spread=1.82, longest=2 * _HOUR)
SWEEP: Final = Lengths(median=340, spread=1.06, longest=2 * _HOUR)
_ALIKE: Final = 0.74

_GAP, _CPU_GAP, _GPU_GAP = 409.6, 2754.0, 485.0
_PAIR, _SESSION, _SWEEP_SIZE = 1.39, 1.415, 20.0
_WITHIN = 15.6
_SCRIPTED = 0.2
_SESSION_GAP, _SESSION_SPREAD = 950.0, 1.91
_SWEEP_GAP = 5.6 * _HOUR
_A_WEEKS_TASKS = 141
_FIRST = 300.0
# Tasks handed in by the hour of the day, and by the day of the week, in openb.
_HOURS = (
    *(360, 378, 366, 350, 238, 276, 259, 173, 168, 211, 153, 140),
    *(136, 141, 315, 319, 422, 484, 331, 316, 405, 402, 469, 416),
)
_DAYS = (0.83, 1.21, 1.02, 1.02, 1.18, 1.21, 0.53)

Draft = tuple[float, str, float]
"""Seconds after the beginning, queue, duration in seconds."""


def generate(name: str, seed: int, scale: float = 1.0) -> Workload:
    """The same name, seed and scale are the same tasks. `scale` multiplies how many there are.

    Raise ConfigError when no workload has this name, or the scale is not above 0.
    """
    if name not in _MAKERS:
        known = ", ".join(NAMES)
        raise ConfigError(Problem("workload", name, f"is none of the workloads: {known}"))
    if scale <= 0:
        raise ConfigError(Problem("scale", str(scale), "must be above 0"))

    def tasks() -> Iterator[Task]:
        chance = Random(f"{name}/{seed}")  # noqa: S311  # repeatable, and no secret
        drafts = _MAKERS[name](chance, scale)
        for number, (at, queue, length) in enumerate(drafts):
            gpus = 0 if queue == "cpu" else 1
            yield Task(f"{name}-{number}", queue, round(at, 1), length, gpus)

    queues = ("cpu", "gpu") if name == "cpu-gpu" else ("gpu",)
    return Workload(name=name, queues=queues, tasks=tasks)


def _burst(random: Random, scale: float) -> Iterator[Draft]:
    """A hundred tasks that a script hands in, at some time in the first five minutes."""
    at = random.uniform(0, _FIRST)
    for _ in range(round(100 * scale)):
        yield at, "gpu", SWEEP.draw(random)
        at += random.expovariate(1 / _SCRIPTED)


def _poisson(random: Random, scale: float) -> Iterator[Draft]:
    """A week in which tasks come one by one, at openb's rate."""
    for at in _arrivals(random, _GAP / scale):
        yield at, "gpu", BODY.draw(random)


def _on_off(random: Random, scale: float) -> Iterator[Draft]:
    """A week of sweeps, twenty tasks on average, hours apart; those of one sweep are alike."""
    shape = Bursts(_SWEEP_GAP, _SWEEP_SIZE * scale, _SCRIPTED, SWEEP, _ALIKE)
    yield from _bursts(random, "gpu", shape)


def _diurnal(random: Random, scale: float) -> Iterator[Draft]:
    """A week with openb's hours of the day and days of the week."""
    even = sum(_HOURS) / len(_HOURS)
    busiest = max(_HOURS) / even * max(_DAYS)
    for at in _arrivals(random, _GAP / scale / busiest):
        rate = _HOURS[int(at % _DAY // _HOUR)] / even * _DAYS[int(at // _DAY)]
        if random.random() * busiest < rate:
            yield at, "gpu", BODY.draw(random)


def _cpu_gpu(random: Random, scale: float) -> Iterator[Draft]:
    """A week on two queues, each with the rate and the durations of one of openb's."""
    cpu, gpu = (Random(random.random()) for _ in range(2))  # noqa: S311  # repeatable
    yield from merge(
        _bursts(cpu, "cpu", Bursts(_CPU_GAP * _PAIR / scale, _PAIR, _WITHIN, CPU)),
        _bursts(gpu, "gpu", Bursts(_GPU_GAP * _PAIR / scale, _PAIR, _WITHIN, GPU)),
    )


def _heavy_tail(random: Random, scale: float) -> Iterator[Draft]:
    """A week at openb's rate, with the one task in ten that runs for up to a day."""
    yield from _bursts(random, "gpu", Bursts(_GAP * _PAIR / scale, _PAIR, _WITHIN, WHOLE))


def _sparse(random: Random, scale: float) -> Iterator[Draft]:
    """A small team: 141 tasks, about a week, in bursts whose gaps are spread as philly's."""
    yield from islice(_sessions(random), round(_A_WEEKS_TASKS * scale))


def _sessions(random: Random) -> Iterator[Draft]:
    at = random.uniform(0, _FIRST)
    while True:
        for _ in range(_size(random, _SESSION)):
            yield at, "gpu", BODY.draw(random)
            at += random.expovariate(1 / _WITHIN)
        at += random.lognormvariate(log(_SESSION_GAP), _SESSION_SPREAD)


def _bursts(random: Random, queue: str, shape: Bursts) -> Iterator[Draft]:
    """Bursts of a week, and their tasks in order, also where bursts overlap."""
    begun: list[Draft] = []
    for begin in _arrivals(random, shape.gap):
        while begun and begun[0][0] <= begin:
            yield heappop(begun)
        at, alike = begin, random.lognormvariate(0, shape.between)
        for _ in range(_size(random, shape.size)):
            heappush(begun, (at, queue, shape.lengths.draw(random, alike)))
            at += random.expovariate(1 / shape.within)
    yield from sorted(begun)


def _arrivals(random: Random, gap: float) -> Iterator[float]:
    """Times of a week, `gap` seconds apart on average."""
    at = random.expovariate(1 / gap)
    while at < _WEEK:
        yield at
        at += random.expovariate(1 / gap)


def _size(random: Random, mean: float) -> int:
    """Geometric, at least 1."""
    if mean <= 1:
        return 1
    return max(1, ceil(log(1 - random.random()) / log(1 - 1 / mean)))


_MAKERS: Final[dict[str, Callable[[Random, float], Iterator[Draft]]]] = {
    "burst100": _burst,
    "poisson": _poisson,
    "onoff": _on_off,
    "diurnal": _diurnal,
    "cpu-gpu": _cpu_gpu,
    "heavy-tail": _heavy_tail,
    "sparse": _sparse,
}
NAMES: Final = tuple(_MAKERS)
