"""How long a machine takes to come up, phase by phase, when its image has all it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from autoscaler.world.clearml.model import Status
from tests.e2e.machine.stage import Lane, Stage, stage
from tests.machine.guard_bench import guard_bench
from tests.machine.test_start_cost import LIMIT, RUNS, cost

Phases = list[dict[str, Any]]


def boot(folder: Path, say: Callable[[str], object]) -> dict[str, Any]:
    """The machines come up one after the other: each has the computer for itself."""
    (folder / "boot").mkdir()
    costs = _costs(folder / "boot")
    lanes = [
        Lane("ec2-processes", "ec2", "processes"),
        Lane("gce-processes", "gce", "processes"),
        Lane("ec2-systemd", "ec2", "systemd"),
        Lane("gce-systemd", "gce", "systemd"),
    ]
    with stage(folder / "boots", lanes) as ours, ours.scaling():
        for lane in lanes:
            task = ours.enqueue(lane.name, "pass")
            ours.await_status(task, Status.COMPLETED)
        registered = [_registered(ours, lane.name) for lane in lanes]
        phases = [one.phases for one in ours.site.machines.values()]
    facts = {
        "ordered_to_registered_s": {
            "median": round(median(registered), 2),
            "max": max(registered),
        },
        "guard_start_cpu_ms": {"median": round(median(costs)), "max": round(max(costs))},
    }
    say(f"boot: {facts}")
    dear = [f"boot: a guard takes {costs} ms of CPU, more than {LIMIT}"]
    return {**facts, "broken": dear if median(costs) >= LIMIT else [], "phases": phases}


def summary(machines: Iterable[Phases]) -> dict[str, dict[str, float]]:
    """Seconds of each phase over all machines that came up."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    for phases in machines:
        for one in phases:
            if "seconds" in one:
                took[one["phase"]].append(one["seconds"])
    return {
        name: {"median": round(median(all_), 2), "max": max(all_), "machines": len(all_)}
        for name, all_ in took.items()
    }


def _costs(folder: Path) -> list[float]:
    with guard_bench(folder) as bench:
        machine = bench.machine(settings={"source": "ec2", "keeper": "systemd"})
        return [cost(bench, machine.path) for _ in range(RUNS)]


def _registered(ours: Stage, lane: str) -> float:
    """From the order of the machine to the first word of its worker."""
    born = ours.machines(lane)[0].born
    worker = ours.server.world.workers.find(born.worker)
    if worker is None or born.launched_at is None:
        raise TimeoutError(f"{lane}: its worker is not registered")
    return round((worker.register_time - born.launched_at).total_seconds(), 2)
