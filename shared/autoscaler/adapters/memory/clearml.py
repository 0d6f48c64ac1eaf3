"""The ClearML ports over the world's model of ClearML, without a wire in between."""

from collections.abc import Callable, Collection, Sequence

from autoscaler.core.seen import Queue, Worker
from autoscaler.errors import UnavailableError
from autoscaler.world.clearml import ClearML
from autoscaler.world.clearml.model import Queue as WorldQueue
from autoscaler.world.clearml.model import Status


class _Face:
    """`broken`, when set, is raised by every read: ClearML cannot be read in full."""

    def __init__(self, world: ClearML) -> None:
        self._world = world
        self.broken: UnavailableError | None = None

    def _check(self) -> None:
        if self.broken:
            raise self.broken


class MemoryQueues(_Face):
    """The Queues port."""

    def read(self, refs: Collection[str]) -> Sequence[Queue]:
        self._check()
        wanted = set(refs)
        return [
            _queue(queue)
            for queue in self._world.queues.all(hidden=True)
            if queue.name in wanted or queue.id in wanted
        ]

    def create(self, name: str) -> None:
        self._check()
        if self._world.queues.find(name) is None:
            self._world.queues.create(name)


class MemoryWorkers(_Face):
    """The Workers port."""

    def read(self, prefixes: Collection[str]) -> Sequence[Worker]:
        self._check()
        starts = tuple(f"{prefix}:" for prefix in prefixes)
        return [
            Worker(
                id=worker.id,
                task=worker.task or "",
                queues=worker.queues,
                user=worker.user.id,
                last_report=worker.last_report_time,
            )
            for worker in self._world.workers.all()
            if worker.id.startswith(starts)
        ]

    def unregister(self, worker: str) -> None:
        self._check()
        self._world.workers.unregister(worker, user=self._world.user)


class MemoryTasks(_Face):
    """The Tasks port. `before`, when set, is called before each look (a pop may fall there)."""

    def __init__(self, world: ClearML) -> None:
        super().__init__(world)
        self.before: Callable[[], object] | None = None

    def held_by(self, worker: str) -> Sequence[str]:
        self._look()
        return [
            task.id
            for task in self._world.tasks.all()
            if task.status is Status.IN_PROGRESS and task.last_worker == worker
        ]

    def unreported(self, queue_ids: Collection[str]) -> Sequence[str]:
        self._look()
        return [
            task.id
            for task in self._world.tasks.all()
            if task.status is Status.QUEUED
            and task.queue in queue_ids
            and not self._world.queues.holding(task.id)
        ]

    def _look(self) -> None:
        self._check()
        if self.before:
            self.before()


def _queue(queue: WorldQueue) -> Queue:
    return Queue(
        id=queue.id,
        name=queue.name,
        waiting=len(queue.entries),
        oldest=min((entry.added for entry in queue.entries), default=None),
        tags=tuple(queue.tags),
    )
