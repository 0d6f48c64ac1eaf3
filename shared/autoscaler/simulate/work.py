"""The tasks of a workload: handed in at their time, and followed until they are done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autoscaler.simulate.hub import Hub
from autoscaler.simulate.meter import Meter
from autoscaler.simulate.workload import Task, Workload
from autoscaler.world.agents import Slot, Waiting
from autoscaler.world.clearml import ClearML

DIED = "died"


@dataclass(slots=True)
class _Unfinished:
    task: Task
    begun: float | None = None
    machine: str = ""
    slots: int = 1


class Work:
    """What agents work on. A task that is done leaves ClearML: nobody asks for it again.

    `progress` is when anything was last handed in, begun or ended. `ending` is why machines end
    now, should tasks be on them.
    """

    def __init__(
        self, hub: Hub, clearml: ClearML, workload: Workload, queues: Sequence[str], meter: Meter
    ) -> None:
        self._hub = hub
        self._clearml = clearml
        self._workload = workload
        self._meter = meter
        names = dict.fromkeys((*queues, *workload.queues))
        queues_of = clearml.queues
        self.ids = {name: (queues_of.find(name) or queues_of.create(name)).id for name in names}
        self._waiting = Waiting(clearml, tuple(self.ids.values()))
        self.waits, self.wake = self._waiting.waits, self._waiting.wake
        self._coming: Iterator[Task] = iter(())
        self._unfinished: dict[str, _Unfinished] = {}
        self._machines: dict[str, tuple[str, int]] = {}
        self._adrift: set[str] = set()
        self.all_in = False
        self.progress = 0.0
        self.ending = DIED

    def begin(self) -> None:
        self._coming = self._workload.tasks()
        self._next()

    @property
    def under_way(self) -> int:
        """How many tasks wait or run."""
        return len(self._unfinished) - len(self._adrift)

    @property
    def adrift(self) -> int:
        """How many tasks lost their machine and stand in no queue."""
        return len(self._adrift)

    @property
    def unfinished(self) -> int:
        return len(self._unfinished)

    def machine(self, worker: str, id: str, slots: int) -> None:
        """Agents that report as this worker live on this machine."""
        self._machines[worker] = id, slots

    def ended(self, worker: str) -> None:
        self._machines.pop(worker, None)

    def put_back(self, task: str, queue: str) -> None:
        """Somebody put the task into the queue again."""
        self._adrift.discard(task)
        self._meter.requeued()
        self.wake(queue)

    def given_up(self, task: str) -> None:
        """Somebody ended the task for good: it has lost too many machines."""
        self._adrift.add(task)

    # --- what agents tell ---

    def length(self, task: str) -> float:
        return self._unfinished[task].task.duration_s

    def takes(self, slot: Slot) -> None:
        unfinished = self._unfinished[slot.task]
        unfinished.machine, unfinished.slots = self._machine_of(slot.worker)
        self._adrift.discard(slot.task)
        self._meter.holds(unfinished.machine, 1)
        self.progress = self._hub.at

    def begins(self, slot: Slot) -> None:
        self._unfinished[slot.task].begun = self._hub.at
        self._meter.begun()
        self.progress = self._hub.at

    def done(self, task: str) -> None:
        it = self._unfinished.pop(task)
        wait = (it.begun or 0.0) - it.task.submit_s
        self._meter.holds(it.machine, -1)
        self._meter.done(it.task.queue, wait, it.task.duration_s, it.slots)
        self._clearml.tasks.delete(task, force=True)
        self.progress = self._hub.at

    def lost(self, tasks: Sequence[str]) -> None:
        for task in tasks:
            it = self._unfinished[task]
            self._meter.holds(it.machine, -1)
            self._meter.cut(self.ending, begun=it.begun is not None)
            it.begun, it.machine = None, ""
            self._adrift.add(task)
            self.progress = self._hub.at

    # --- inside ---

    def _machine_of(self, worker: str) -> tuple[str, int]:
        """A machine of several slots adds their numbers to its worker's id."""
        return self._machines.get(worker) or self._machines[worker.rpartition(":")[0]]

    def _next(self) -> None:
        task = next(self._coming, None)
        self.all_in = task is None
        if task:
            self._hub.at_time(max(task.submit_s, self._hub.at), lambda: self._hand_in(task))

    def _hand_in(self, task: Task) -> None:
        queue = self.ids[task.queue]
        id = self._clearml.tasks.create("work").id
        self._unfinished[id] = _Unfinished(task)
        self._clearml.tasks.enqueue(id, queue)
        self._meter.submitted()
        self.wake(queue)
        self.progress = self._hub.at
        self._next()
