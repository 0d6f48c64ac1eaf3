"""The ports of a simulation: the faces of a stage, counted, and a table without a history."""

from collections import Counter
from collections.abc import Collection, Sequence

from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.ledger import Past, Row
from autoscaler.core.notices import Notice
from autoscaler.core.seen import Machine, Queue, Task, Worker
from autoscaler.ports import Answer, Order
from autoscaler.simulate.stage import Stage

CLEARML, CLOUD, TICKS = "clearml", "cloud", "ticks"
Calls = Counter[str]


class CountedQueues(MemoryQueues):
    """The Queues port; each reading is one call to ClearML."""

    def __init__(self, stage: Stage, calls: Calls) -> None:
        super().__init__(stage.clearml)
        self._calls = calls

    def read(self, refs: Collection[str]) -> Sequence[Queue]:
        self._calls[CLEARML] += 1
        return super().read(refs)


class CountedWorkers(MemoryWorkers):
    """The Workers port; whoever lives has reported just now, as agents do every 30 s."""

    def __init__(self, stage: Stage, calls: Calls) -> None:
        super().__init__(stage.clearml)
        self._stage = stage
        self._calls = calls

    def read(self, prefixes: Collection[str]) -> Sequence[Worker]:
        self._calls[CLEARML] += 1
        starts = tuple(f"{prefix}:" for prefix in prefixes)
        now = self._stage.hub.now()
        living = {slot.worker for slot in self._stage.agents.slots if slot.alive}
        return [
            Worker(
                id=worker.id,
                task=worker.task or "",
                queues=worker.queues,
                user=worker.user.id,
                last_report=now if worker.id in living else worker.last_report_time,
            )
            for worker in self._stage.clearml.workers.all()
            if worker.id.startswith(starts)
        ]

    def unregister(self, worker: str) -> None:
        self._calls[CLEARML] += 1
        super().unregister(worker)


class CountedTasks(MemoryTasks):
    """The Tasks port. Who asks for tasks hears what every agent that lives would have said."""

    def __init__(self, stage: Stage, calls: Calls) -> None:
        super().__init__(stage.clearml)
        self._stage = stage
        self._calls = calls
        self._told_at = -1.0

    def held_by(self, workers: Collection[str]) -> Sequence[Task]:
        self._asked(1)
        return super().held_by(workers)

    def unreported(self, queue_ids: Collection[str]) -> Sequence[str]:
        self._asked(2)
        return super().unreported(queue_ids)

    def read(self, ids: Collection[str]) -> Sequence[Task]:
        self._asked(2)
        return super().read(ids)

    def stop(self, task: str, reason: str) -> None:
        self._calls[CLEARML] += 1
        super().stop(task, reason)

    def enqueue(self, task: str, queue_id: str, reason: str) -> bool:
        self._calls[CLEARML] += 2
        done = super().enqueue(task, queue_id, reason)
        if done:
            self._stage.work.put_back(task, queue_id)
        return done

    def reset(self, task: str) -> None:
        self._calls[CLEARML] += 1
        super().reset(task)

    def fail(self, task: str, reason: str) -> None:
        self._calls[CLEARML] += 1
        super().fail(task, reason)
        self._stage.work.given_up(task)

    def _asked(self, calls: int) -> None:
        self._calls[CLEARML] += calls
        if self._told_at != self._stage.at:
            self._told_at = self._stage.at
            self._stage.report()


class CountedCompute:
    """The Compute port of a stage's region."""

    def __init__(self, stage: Stage, calls: Calls) -> None:
        self._region = stage.region
        self._calls = calls
        self.render = self._region.render
        self.log = self._region.log
        self.preflight = self._region.preflight

    def launch(self, order: Order, request: str) -> Answer:
        self._calls[CLOUD] += 1
        return self._region.launch(order, request)

    def machines(self) -> Sequence[Machine]:
        self._calls[CLOUD] += 1
        return self._region.machines()

    def drain(self, instance_id: str, nonce: str) -> None:
        self._calls[CLOUD] += 1
        self._region.drain(instance_id, nonce)

    def terminate(self, instance_id: str) -> None:
        self._calls[CLOUD] += 1
        self._region.terminate(instance_id)


class Table(MemoryState):
    """The State port. Nobody reads the history of a simulation: it is not kept."""

    def commit(
        self, *, put: Sequence[Row] = (), remove: Sequence[Row] = (), record: Sequence[Past] = ()
    ) -> None:
        del record
        super().commit(put=put, remove=remove)


class Unheard:
    """The Notifier port; nobody is there to be told."""

    def notify(self, notices: Sequence[Notice]) -> None:
        del notices
