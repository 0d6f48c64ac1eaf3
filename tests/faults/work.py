"""The tasks: bursts and trickles, how long each takes, and who waits for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import exp, log
from typing import TYPE_CHECKING

from autoscaler.world.agents import Waiting
from autoscaler.world.clearml import ClearML
from autoscaler.world.clearml.model import Status
from autoscaler.world.cloud.nature import Chance
from tests.faults.errors import Violation
from tests.faults.hub import Hub

if TYPE_CHECKING:
    from autoscaler.world.agents import Slot

_SHORTEST, _LONGEST = 20.0, 900.0
_BURST_EVERY, _TRICKLE_EVERY = 1200.0, 200.0
_BY_HAND = 1800.0


class Work:
    """Hands tasks in until `end`, and knows who has which."""

    def __init__(
        self, hub: Hub, chance: Chance, clearml: ClearML, queues: tuple[str, ...], end: float
    ) -> None:
        self._hub = hub
        self._chance = chance
        self._clearml = clearml
        self._end = end
        self._queues = [clearml.queues.create(name).id for name in queues]
        self._waiting = Waiting(clearml, self._queues)
        self.waits, self.wake = self._waiting.waits, self._waiting.wake
        self._lengths: dict[str, float] = {}
        self._held: dict[str, str] = {}
        self._withdrawn = False
        self.finished = 0

    def begin(self) -> None:
        for queue in self._queues:
            self._again(queue, _BURST_EVERY, lambda: self._chance.random.randint(2, 9))
            self._again(queue, _TRICKLE_EVERY * len(self._queues), lambda: 1)

    def length(self, task: str) -> float:
        return self._lengths[task]

    def takes(self, slot: Slot) -> None:
        """L5: a task comes back once; nobody else still has it."""
        if slot.task in self._held:
            other = self._held[slot.task]
            raise Violation("L5", f"{slot.worker} took task {slot.task}, {other} has it")
        self._held[slot.task] = slot.worker

    def returns(self, task: str) -> None:
        """L5: nobody puts a task back that a living agent has."""
        if task in self._held:
            raise Violation("L5", f"task {task} is put back, {self._held[task]} has it")

    def begins(self, slot: Slot) -> None: ...

    def done(self, task: str) -> None:
        self.finished += 1
        self._held.pop(task)
        self._lengths.pop(task, None)

    def lost(self, tasks: Sequence[str]) -> None:
        for task in tasks:
            self._held.pop(task)

    def mend_by_hand(self) -> None:
        """The table is gone, and what it told of tasks that were being brought back."""
        for task in [each for each in self._lengths if each not in self._held]:
            if not self._clearml.queues.holding(task):
                self._hub.later(_BY_HAND, partial(self._put_back, task))

    def withdraw(self) -> None:
        """Nothing waits any more, and nobody asks for what was lost."""
        for queue in self._queues:
            self._clearml.queues.clear(queue)
        self._withdrawn = True

    def check(self) -> None:
        """L5, at the end: every task was done, or given up after it had lost its machines."""
        if left := self.unfinished():
            raise Violation("L5", f"never done: {', '.join(left)}")

    def unfinished(self) -> list[str]:
        asked = self._held if self._withdrawn else self._lengths
        tasks = [self._clearml.tasks.get(each) for each in asked]
        return [task.id for task in tasks if task.status is not Status.FAILED]

    def _put_back(self, task: str) -> None:
        if task in self._held or task not in self._lengths:
            return
        queue = self._clearml.tasks.get(task).queue or ""
        if self._clearml.queues.get(queue).position(task) is not None:
            return
        if self._clearml.tasks.get(task).status is not Status.QUEUED:
            self._clearml.tasks.stopped(task)
        self._clearml.tasks.enqueue(task, queue)
        self.wake(queue)

    def _again(self, queue: str, every: float, size: Callable[[], int]) -> None:
        delay = self._chance.random.expovariate(1 / every)
        self._hub.later(delay, lambda: self._hand_in(queue, every, size))

    def _hand_in(self, queue: str, every: float, size: Callable[[], int]) -> None:
        if self._hub.at >= self._end:
            return
        for _ in range(size()):
            task = self._clearml.tasks.create("work").id
            spread = self._chance.random.uniform(log(_SHORTEST), log(_LONGEST))
            self._lengths[task] = exp(spread)
            self._clearml.tasks.enqueue(task, queue)
        self.wake(queue)
        self._again(queue, every, size)
