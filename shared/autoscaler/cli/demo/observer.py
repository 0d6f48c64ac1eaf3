"""A witness that knows only the process table and the server's own log."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread
from typing import Any, Self

from autoscaler.adapters.local.process_table import Carrier, carriers
from autoscaler.core.value import Value

_EVERY = 0.25
_ENDINGS = {"tasks.completed": "completed", "tasks.failed": "failed", "tasks.stopped": "stopped"}


@dataclass(slots=True)
class TaskStory:
    """A task as the server saw it."""

    queue: str
    enqueued: datetime
    pulled: datetime | None = None
    ended: datetime | None = None
    status: str = "queued"
    worker: str = ""
    pulls: int = 0

    @property
    def wait(self) -> float | None:
        """Seconds from enqueued to pulled."""
        return (self.pulled - self.enqueued).total_seconds() if self.pulled else None


@dataclass(slots=True)
class Counts:
    """What was seen to happen that should not, and how much was launched."""

    launches: Counter[str] = field(default_factory=Counter)
    over_max: int = 0
    doubled: int = 0
    above_need: int = 0


class Waits(Value):
    """Seconds from enqueued to pulled; None when no task was pulled."""

    p50: float | None
    p95: float | None


class Summary(Value):
    """What the witness says at the end; the demo's last line."""

    tasks_completed: int
    tasks_lost: int
    launches: int
    over_max: int
    duplicate_launches: int
    leftover_processes: int
    wait_seconds: Waits

    @property
    def good(self) -> bool:
        faults = (self.tasks_lost, self.over_max, self.duplicate_launches)
        return not any((*faults, self.leftover_processes))


class Observer:
    """Looks four times a second, from `with` to the end of the block."""

    def __init__(self, machines: Path, log: Path, maximum: Mapping[str, int]) -> None:
        self._machines = machines
        self._log = log
        self._maximum = maximum
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._workers: set[str] = set()
        self.counts = Counts()
        self.alive: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def leftover(self) -> list[Carrier]:
        """The processes of machines that are still there."""
        return list(carriers(self._machines))

    def tasks(self, queues: Mapping[str, str]) -> dict[str, TaskStory]:
        """Every task that was enqueued, by id; `queues` are names by id."""
        found: dict[str, TaskStory] = {}
        for line in self._lines():
            if line["status"] == HTTPStatus.OK and line["task"]:
                _tell(found, line, queues)
        return found

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self._log.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY):
            self._look(list(carriers(self._machines)))

    def _look(self, seen: list[Carrier]) -> None:
        agents = {(c.machine, c.worker) for c in seen if c.worker}
        self.alive = Counter(_resource(worker) for _, worker in agents)
        for resource, count in self.alive.items():
            self.counts.over_max += count > self._maximum.get(resource, 0)
        twice = Counter(worker for _, worker in agents)
        self.counts.doubled += sum(1 for count in twice.values() if count > 1)
        for _, worker in agents:
            if worker not in self._workers:
                self._workers.add(worker)
                self.counts.launches[_resource(worker)] += 1
        self.counts.above_need = max(self.counts.above_need, self._above_need())

    def _above_need(self) -> int:
        """Machines launched so far beyond the tasks that were enqueued so far."""
        enqueued = sum(1 for line in self._lines() if line["endpoint"] == "tasks.enqueue")
        return max(0, self.counts.launches.total() - enqueued)


def _tell(found: dict[str, TaskStory], line: dict[str, Any], queues: Mapping[str, str]) -> None:
    at = datetime.fromisoformat(line["time"])
    task = line["task"]
    if line["endpoint"] == "tasks.enqueue":
        found[task] = TaskStory(queue=queues.get(line["queue"], line["queue"]), enqueued=at)
        return
    story = found.get(task)
    if story is None:
        return
    if line["endpoint"] == "queues.get_next_task":
        story.pulled, story.status = at, "running"
        story.worker = line["worker"] or line["client"] or story.worker
        story.pulls += 1
    elif ending := _ENDINGS.get(line["endpoint"]):
        story.ended, story.status = at, ending
    elif line["endpoint"] == "workers.status_report" and line["worker"]:
        story.worker = line["worker"]


def _resource(worker: str) -> str:
    """The second part of `prefix:resource:type:id`."""
    return worker.split(":")[1]


def summary(
    tasks: Mapping[str, TaskStory], expected: int, counts: Counts, leftover: int
) -> Summary:
    done = [t for t in tasks.values() if t.status == "completed" and t.pulls == 1]
    waits = sorted(t.wait for t in tasks.values() if t.wait is not None)
    return Summary(
        tasks_completed=len(done),
        tasks_lost=expected - len(done),
        launches=counts.launches.total(),
        over_max=counts.over_max,
        duplicate_launches=counts.doubled + counts.above_need,
        leftover_processes=leftover,
        wait_seconds=Waits(p50=_quantile(waits, 50), p95=_quantile(waits, 95)),
    )


def _quantile(values: list[float], percent: int) -> float | None:
    if len(values) < 2:  # noqa: PLR2004 - quantiles need two
        return round(values[0], 1) if values else None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 1)
