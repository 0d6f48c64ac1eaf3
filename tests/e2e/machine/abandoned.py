"""The control plane stops for good: its machines end by themselves, and no task is hurt."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from autoscaler.world.clearml.model import Status
from tests.e2e.machine import power
from tests.e2e.machine.stage import Lane, Stage, stage

IDLE = timedelta(seconds=20)  # a busy computer takes some of it to start an agent
_SLACK = 25.0  # a drain's looks, an end, and a computer with other things to do
_WORK = 30
_TASK = f"""
import time
mark("begun")
time.sleep({_WORK})
mark("ended")
"""


def abandoned(folder: Path, say: Callable[[str], object]) -> dict[str, Any]:
    """Half of the machines have nothing to do, half work longer than they may be idle."""
    hasty = {"idle": IDLE}
    lanes = [
        Lane("idle-ec2", "ec2", "processes", hasty),
        Lane("idle-gce", "gce", "systemd", hasty),
        Lane("busy-ec2", "ec2", "systemd", hasty),
        Lane("busy-gce", "gce", "processes", hasty),
    ]
    with stage(folder / "abandoned", lanes) as ours:
        with ours.scaling():
            work = {one.name: _TASK if "busy" in one.name else 'mark("begun")' for one in lanes}
            tasks = {name: ours.enqueue(name, code) for name, code in work.items()}
            for task in tasks.values():
                ours.await_start(task)
        stopped = monotonic()
        say("abandoned: nobody scales any more")
        ended: dict[str, float] = {}

        def all_off() -> bool:
            left = {one.born.resource for one in ours.living()}
            for name in ours.queues.keys() - left:
                ended.setdefault(name, round(monotonic() - stopped, 1))
            return not left

        late = ""
        try:
            ours.await_that("the end of all machines", all_off, 120)
        except TimeoutError as error:
            late = str(error)
        machines = list(ours.site.machines.values())
        facts = {
            "limit": IDLE.total_seconds(),
            "work": _WORK,
            "off_after": ended,
            "left": len(ours.living()),
            "processes_left": sum(len(power.living(one.folder)) for one in machines),
            "completed": [ours.task(task).status is Status.COMPLETED for task in tasks.values()],
            "worked": [_ended(ours, tasks[name]) for name in tasks if "busy" in name],
            "machines": len(machines),
            "reasons": sorted({_why(one.var) for one in machines}),
        }
        phases = [one.phases for one in machines]
    say(f"abandoned: {facts}")
    broken = [f"abandoned: {words} ({facts})" for words, kept in _promises(facts) if not kept]
    return {**facts, "broken": [*broken, *([late] if late else [])], "phases": phases}


def _promises(facts: dict[str, Any]) -> list[tuple[str, bool]]:
    longest = facts["limit"] + _SLACK
    soon = [at <= longest for lane, at in facts["off_after"].items() if "idle" in lane]
    later = [at <= _WORK + longest for lane, at in facts["off_after"].items() if "busy" in lane]
    return [
        ("no machine is left", facts["left"] == facts["processes_left"] == 0),
        ("every task is completed", all(facts["completed"])),
        ("a machine without work ends within its limit", len(soon) > 1 and all(soon)),
        ("one with work ends some time after it", len(later) > 1 and all(later)),
        ("and not before", facts["worked"] == [1, 1] and facts["machines"] == len(soon + later)),
        ("because it is idle", all(one.startswith("idle") for one in facts["reasons"])),
    ]


def _ended(ours: Stage, task: str) -> int:
    return sum(mark.event == "ended" for mark in ours.marks(task))


def _why(var: Path) -> str:
    """In the guard's words, without the seconds."""
    path = var / "ended"
    return str(json.loads(path.read_text())["reason"]).split(" for")[0] if path.exists() else ""
