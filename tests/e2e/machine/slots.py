"""Two agents on one machine: two places, each with a GPU of its own, drained together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autoscaler.world.clearml.model import Status
from tests.e2e.machine.stage import Lane, Stage, stage

LANE, SLOTS = "slots", 2
_TASK = """
import time
mark("gpu-" + os.environ.get("NVIDIA_VISIBLE_DEVICES", "none"))
mark("begun")
while not os.path.exists({go!r}):
    time.sleep(0.1)
mark("ended")
"""


def slots(folder: Path, say: Callable[[str], object]) -> dict[str, Any]:
    """The tasks run at the same time; the machine stays while any of them does."""
    several = {"slots": SLOTS, "cpu_only": False, "gpus": ["0", "1"]}
    with stage(folder / "slots", [Lane(LANE, changed=several, slots=SLOTS)]) as ours:
        with ours.scaling():
            facts = _played(ours)
        phases = [one.phases for one in ours.machines(LANE)]
    say(f"slots: {facts}")
    broken = [f"slots: {words} ({facts})" for words, kept in _promises(facts) if not kept]
    return {**facts, "broken": broken, "phases": phases}


def _played(ours: Stage) -> dict[str, Any]:
    gates = [ours.folder / f"{number}.go" for number in range(SLOTS)]
    tasks = [ours.enqueue(LANE, _TASK.format(go=str(gate))) for gate in gates]
    for task in tasks:
        ours.await_start(task)
    (machine,) = ours.machines(LANE)
    gates[0].touch()
    ours.await_status(tasks[0], Status.COMPLETED)
    machine.order("a-nonce")
    ours.await_that("the refusal", lambda: any("drain-refused" in one for one in machine.lines()))
    stayed = machine.state
    machine.order("")
    ours.drain(machine)
    gates[1].touch()
    ours.await_status(tasks[1], Status.COMPLETED)
    ours.await_that("its end", lambda: machine.state == "gone")
    marks = [mark for task in tasks for mark in ours.marks(task)]
    return {
        "machines": len(ours.machines(LANE)),
        "workers": sorted({mark.worker.rpartition(":")[2] for mark in marks}),
        "gpus": sorted(mark.event for mark in marks if mark.event.startswith("gpu-")),
        "stayed": stayed,
        "ended": sum(mark.event == "ended" for mark in marks),
        "why": machine.why,
    }


def _promises(facts: dict[str, Any]) -> list[tuple[str, bool]]:
    return [
        ("one machine is enough", facts["machines"] == 1),
        ("each slot is a worker", len(facts["workers"]) == SLOTS),
        ("with a GPU of its own", facts["gpus"] == ["gpu-0", "gpu-1"]),
        ("one idle slot does not end the other's work", facts["stayed"] == "living"),
        ("each task runs once", facts["ended"] == SLOTS),
        ("the machine ends when both are idle", facts["why"] == "it powered itself off"),
    ]
