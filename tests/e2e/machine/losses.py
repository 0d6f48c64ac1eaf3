"""Machines, agents and guards that die while a task runs: what becomes of the task."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import psutil

from autoscaler.world.api import Request, Response
from autoscaler.world.api.api import route
from autoscaler.world.clearml.model import Status
from autoscaler.world.server import Watch
from tests.e2e.machine.cloud import CloudMachine
from tests.e2e.machine.promises import broken
from tests.e2e.machine.stage import Lane, Stage, Timing, stage

_SPOT, _PREEMPTED = 5.0, 8.0  # seconds of notice
_GCE_SAYS = 30.0  # what the guard of a machine on GCE takes it for
_HOLD = """
import time
mark("begun")
first = not os.path.exists({seen!r})
open({seen!r}, "w").close()
while first and not os.path.exists({go!r}):
    time.sleep(0.1)
mark("ended")
"""
_FOREVER = """
import time
mark("begun")
time.sleep(600)
"""
_QUICK = 'mark("ended")'
Facts = dict[str, Any]
Strike = Callable[[Stage, CloudMachine], None]


class Return(NamedTuple):
    """A task is at the front again: when, after how many ticks, and what people read."""

    at: float
    ticks: int
    position: int
    behind: int
    reason: str


class Witness(Watch):
    """Sees pops and returns on the server's side, before the answer leaves."""

    def __init__(self) -> None:
        self.on_pop: dict[str, Callable[[], object]] = {}
        self.on_front: Callable[[str], object] = lambda _: None

    def answered(self, request: Request, response: Response) -> None:
        endpoint, asked = route(request.path)[0], json.loads(request.body or b"{}")
        if endpoint == "queues.move_task_to_front":
            self.on_front(asked["task"])
        elif endpoint == "queues.get_next_task":
            popped = (json.loads(response.body).get("data") or {}).get("entry")
            if popped and asked["queue"] in self.on_pop:
                self.on_pop.pop(asked["queue"])()


class Theatre:
    def __init__(self, stage: Stage, witness: Witness) -> None:
        self.stage, self.witness = stage, witness
        self._returns: dict[str, list[Return]] = {}
        witness.on_front = self._returned

    def lost(self, lane: str, strike: Strike) -> Facts:
        """The machine ends under its task."""
        task = self._begun(lane)
        other = self.stage.enqueue(lane, _QUICK)
        (machine,) = self.stage.machines(lane)
        strike(self.stage, machine)
        return {**self._comes_back(lane, task, machine), **self._outcome(task, other)}

    def popped(self, lane: str) -> Facts:
        """The machine ends when the server has handed the task out, and nobody knows yet."""
        self.witness.on_pop[self.stage.queues[lane]] = lambda: _cut(self.stage, self._last(lane))
        task = self.stage.enqueue(lane, _QUICK)
        self.stage.await_that(f"the pop on {lane}", lambda: not self.witness.on_pop)
        first = self.stage.machines(lane)[0]
        busy = self.stage.enqueue(lane, self._hold(lane))
        other = self.stage.enqueue(lane, _QUICK)
        found = self._comes_back(lane, task, first)
        (self.stage.folder / f"{lane}.go").touch()
        self.stage.await_status(busy, Status.COMPLETED)
        return {**found, **self._outcome(task, other), "workers": len(self.stage.machines(lane))}

    def guard(self, lane: str, *, comes_back: bool) -> Facts:
        """Agent and task go on; a guard that is kept comes back, and the next drain is its."""
        task = self._begun(lane)
        (machine,) = self.stage.machines(lane)
        old = machine.guard
        old.kill()
        if comes_back:
            self.stage.await_that("another guard", lambda: _guard(machine) not in (0, old.pid))
        (self.stage.folder / f"{lane}.go").touch()
        self.stage.await_status(task, Status.COMPLETED)
        asked = monotonic()
        self.stage.drain(machine)
        self.stage.await_that(f"the end of {lane}", lambda: machine.state == "gone", 200)
        told = self.stage.task(task)
        return {
            "enqueued_again": self._enqueued(task),
            "ended": self._ended(task),
            "completed": told.status is Status.COMPLETED,
            "another_guard": comes_back,
            "drained_after": round(monotonic() - asked, 1),
            "machine": machine.why,
        }

    def worn_out(self, lane: str, most: int) -> Facts:
        """Every machine of the task dies."""
        task = self.stage.enqueue(lane, _FOREVER)
        for number in range(1, most + 2):
            self.stage.await_start(task, number)
            _cut(self.stage, self._last(lane))
        self.stage.await_status(task, Status.FAILED)
        return {
            "most": most,
            "machines": len(self.stage.machines(lane)),
            "enqueued_again": self._enqueued(task),
            "reason": self.stage.task(task).status_reason,
        }

    def _begun(self, lane: str) -> str:
        task = self.stage.enqueue(lane, self._hold(lane))
        self.stage.await_start(task)
        return task

    def _hold(self, lane: str) -> str:
        folder = self.stage.folder
        return _HOLD.format(seen=str(folder / f"{lane}.seen"), go=str(folder / f"{lane}.go"))

    def _last(self, lane: str) -> CloudMachine:
        return self.stage.machines(lane)[-1]

    def _comes_back(self, lane: str, task: str, machine: CloudMachine) -> Facts:
        self.stage.await_that(f"the end of {lane}", lambda: machine.state == "gone")
        proven, ticks = monotonic(), len(self.stage.ticks)
        self.stage.await_that(f"the return on {lane}", lambda: task in self._returns, 240)
        back = self._returns[task][0]
        return {
            "ticks": back.ticks - ticks,
            "seconds": round(back.at - proven, 1),
            "position": back.position,
            "behind": back.behind,
            "reason": back.reason,
        }

    def _outcome(self, task: str, other: str) -> Facts:
        for one in (task, other):
            self.stage.await_status(one, Status.COMPLETED)
        return {
            "enqueued_again": self._enqueued(task),
            "fronted": len(self._returns[task]),
            "workers": len({mark.worker for mark in self.stage.marks(task)}),
            "ended": self._ended(task),
            "completed": True,
        }

    def _ended(self, task: str) -> int:
        return sum(mark.event == "ended" for mark in self.stage.marks(task))

    def _enqueued(self, task: str) -> int:
        return sum(line.task == task for line in self.stage.server.log.of("tasks.enqueue"))

    def _returned(self, task: str) -> None:
        world, told = self.stage.server.world, self.stage.task(task)
        line = [entry.task for entry in world.queues.get(str(told.queue)).entries]
        place = line.index(task) if task in line else -1
        ticks = len(self.stage.ticks)
        now = Return(monotonic(), ticks, place, len(line) - place - 1, told.status_reason)
        self._returns.setdefault(task, []).append(now)


def losses(folder: Path, say: Callable[[str], object]) -> Facts:
    """All cases at once, each on a lane of its own."""
    witness, most = Witness(), 1
    lanes = [
        Lane("spot-notice"),
        Lane("preempted", "gce", changed={"guard": Timing(margin=_GCE_SAYS - 4)}),
        Lane("power-loss", "gce"),
        Lane("units-power-loss", keeper="systemd"),
        Lane("popped"),
        Lane("guard-of-systemd", keeper="systemd"),
        Lane("guard-alone"),
        Lane("agent"),
        Lane("agent-of-systemd", keeper="systemd"),
        Lane("worn-out", rules={"max_requeues": most}),
    ]
    with stage(folder / "losses", lanes, watch=witness) as ours, ours.scaling():
        theatre = Theatre(ours, witness)
        plays: dict[str, Callable[[str], Facts]] = {
            "spot-notice": lambda lane: theatre.lost(lane, _reclaim(_SPOT)),
            "preempted": lambda lane: theatre.lost(lane, _reclaim(_PREEMPTED)),
            "power-loss": lambda lane: theatre.lost(lane, _cut),
            "units-power-loss": lambda lane: theatre.lost(lane, _cut),
            "popped": theatre.popped,
            "guard-of-systemd": lambda lane: theatre.guard(lane, comes_back=True),
            "guard-alone": lambda lane: theatre.guard(lane, comes_back=False),
            "agent": lambda lane: theatre.lost(lane, _kill_agent),
            "agent-of-systemd": lambda lane: theatre.lost(lane, _kill_agent),
            "worn-out": lambda lane: theatre.worn_out(lane, most),
        }
        found = _played(plays, say)
        phases = [one.phases for one in ours.site.machines.values()]
    return {"cases": found, "broken": broken(found), "phases": phases}


def _played(plays: dict[str, Callable[[str], Facts]], say: Callable[[str], object]) -> Facts:
    def played(lane: str) -> Facts:
        try:
            found = plays[lane](lane)
        except TimeoutError as error:
            found = {"late": str(error)}
        say(f"losses, {lane}: {found}")
        return found

    with ThreadPoolExecutor(len(plays)) as pool:
        return dict(zip(plays, pool.map(played, plays), strict=True))


def _reclaim(seconds: float) -> Strike:
    return lambda stage, machine: machine.reclaim(stage.local.clock.now(), seconds)


def _cut(_: Stage, machine: CloudMachine) -> None:
    machine.lose("power failure")


def _kill_agent(_: Stage, machine: CloudMachine) -> None:
    machine.agent.kill()


def _guard(machine: CloudMachine) -> int:
    """The number of the guard that runs now; 0 for none."""
    try:
        return machine.guard.pid
    except (OSError, ValueError, psutil.NoSuchProcess):  # it has just come up, or not yet
        return 0
