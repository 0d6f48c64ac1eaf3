"""What nobody can beat: the machine time that a workload needs, and the money."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.workload import Task

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """In money. `lb_work`: the tasks, and one boot per queue used; no schedule costs less.

    `opt_zero`: what the cheapest schedule costs in which no task waits, known beforehand: each
    arrival is paired with the machine that was freed last, which either idles through the gap or
    stops and boots again (Lu & Chen, arXiv 1112.0442).
    """

    lb_work: float
    opt_zero: float


def bounds(tasks: Iterable[Task], boot_s: float, prices: Mapping[str, float]) -> Bounds:
    """`tasks` in order of submission; `prices` of a machine-hour by queue."""
    lines: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        lines[task.queue].append(task)
    work = {queue: sum(task.duration_s for task in line) for queue, line in lines.items()}
    return Bounds(
        lb_work=sum((work[q] + boot_s) / _HOUR * prices[q] for q in lines),
        opt_zero=sum(
            (work[q] + idle_or_boot(line, boot_s)) / _HOUR * prices[q] for q, line in lines.items()
        ),
    )


def idle_or_boot(line: Iterable[Task], boot_s: float) -> float:
    """Seconds that the machines of one queue idle or boot in that schedule."""
    running: list[float] = []
    freed: list[float] = []
    seconds = 0.0
    for task in line:
        while running and running[0] <= task.submit_s:
            freed.append(heappop(running))
        gap = task.submit_s - freed.pop() if freed else boot_s
        seconds += min(gap, boot_s)
        heappush(running, task.submit_s + task.duration_s)
    return seconds


def clairvoyant_spot(
    tasks: Iterable[Task], boot_s: float, calendar: Calendar, *, spot: float, on_demand: float
) -> float:
    """The money of the schedule that knows when spot machines end, and that lets nobody wait.

    Nothing is saved of a task that loses its machine, so each task runs on a spot machine only
    where one lives long enough for its boot and the task, else on demand. Machines of either kind
    are kept and stopped as in `Bounds.opt_zero`.
    """
    lines: dict[float, list[Task]] = {spot: [], on_demand: []}
    for task in tasks:
        end = task.submit_s + boot_s + task.duration_s
        lasts = any(_lasts(calendar, zone, task.submit_s, end) for zone in calendar.zones)
        lines[spot if lasts else on_demand].append(task)
    return sum(
        (sum(task.duration_s for task in line) + idle_or_boot(line, boot_s)) / _HOUR * price
        for price, line in lines.items()
    )


def _lasts(calendar: Calendar, zone: str, start: float, end: float) -> bool:
    """Whether a spot machine of this zone lives from start to end."""
    if not calendar.open(zone, start):
        return False
    closes = calendar.closes(zone, start)
    return closes is None or closes >= end
