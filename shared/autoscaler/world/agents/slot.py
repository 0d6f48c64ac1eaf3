"""One agent: polls every 5 s, pops before it tells, reports every 30 s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.time import Time

_POLL = 5.0
_REPORT = 30.0
_IN_FLIGHT = (0.05, 0.6)
_PREPARES = (1.0, 8.0)


class Work(Protocol):
    """What agents work on: somebody hands tasks in, and hears what becomes of them."""

    def length(self, task: str) -> float:
        """How many seconds the task runs."""
        ...

    def takes(self, slot: Slot) -> None:
        """The slot has pulled `slot.task`."""
        ...

    def begins(self, slot: Slot) -> None:
        """`slot.task` runs from now on."""
        ...

    def waits(self, slot: Slot) -> None:
        """Its queues were empty: tell it (`look_soon`) when something comes into one of them."""
        ...

    def done(self, task: str) -> None:
        """The task was completed."""
        ...

    def lost(self, tasks: Sequence[str]) -> None:
        """Whoever held these tasks is gone."""
        ...


class Slot:
    """`task` is what it holds, told or not. While its queues are empty it costs no events.

    One that does not beat reports what changes, and what it is asked for by `report`.
    """

    def __init__(
        self,
        worker: str,
        queues: tuple[str, ...],
        time: Time,
        chance: Chance,
        clearml: ClearML,
        work: Work,
        *,
        beats: bool = True,
    ) -> None:
        self.worker = worker
        self.queues = queues
        self.task = ""
        self.popped_at = 0.0
        self.alive = True
        self.frozen = False
        self.idle: Callable[[], object] = lambda: None
        self._time = time
        self._chance = chance
        self._clearml = clearml
        self._work = work
        self._beats = beats
        self._told = ""
        self._thawed: list[Callable[[], object]] = []
        self._polls = False

    def begin(self) -> None:
        if self._beats:
            self._reports()
        else:
            self.report()
        self.look_soon()

    def report(self) -> None:
        """Tell ClearML once more what it was told last."""
        if self.alive:
            self._tell(self._told)

    def look_soon(self) -> None:
        """The next poll that could find something is at most 5 s away."""
        if not self._polls and self.alive:
            self._polls = True
            self._time.later(
                self._chance.random.uniform(0, _POLL), lambda: self._awake(self._poll)
            )

    def freeze(self) -> None:
        self.frozen = True

    def thaw(self) -> None:
        self.frozen = False
        waiting, self._thawed = self._thawed, []
        for act in waiting:
            self._awake(act)

    def kill(self) -> None:
        """The agent is gone, and says so to nobody."""
        self.alive = False

    def get_stuck(self) -> None:
        """The agent dies; its machine and its task do not know."""
        if self.alive:
            self.alive = False
            lost, self.task = self.task, ""
            if lost:
                self._work.lost([lost])
                self.idle()

    def _awake(self, act: Callable[[], object]) -> None:
        if not self.alive:
            return
        if self.frozen:
            self._thawed.append(act)
        else:
            act()

    def _poll(self) -> None:
        """The request leaves now; the server answers it even if the agent is frozen meanwhile."""
        self._polls = False
        if not self.task:
            delay = self._chance.random.uniform(*_IN_FLIGHT)
            self._time.later(delay, self._popped)

    def _popped(self) -> None:
        if not self.alive or self.task:
            return
        for queue in self.queues:
            if entry := self._clearml.queues.pop(queue):
                self.task = entry.task
                self.popped_at = self._time.at
                self._work.takes(self)
                delay = self._chance.random.uniform(*_PREPARES)
                self._time.later(delay, lambda: self._awake(self._start))
                return
        self._work.waits(self)

    def _start(self) -> None:
        self._clearml.tasks.started(self.task)
        self._tell(self.task)
        self._work.begins(self)
        length = self._work.length(self.task)
        task = self.task
        self._time.later(length, lambda: self._awake(lambda: self._finish(task)))

    def _finish(self, task: str) -> None:
        self._clearml.tasks.completed(task)
        self.task = ""
        self._work.done(task)
        self._tell("")
        self.idle()
        self.look_soon()

    def _reports(self) -> None:
        self._tell(self._told)
        self._time.later(_REPORT, lambda: self._awake(self._reports))

    def _tell(self, task: str) -> None:
        self._told = task
        self._clearml.workers.report(
            self.worker, user=self._clearml.user, task=task or None, queues=self.queues
        )
