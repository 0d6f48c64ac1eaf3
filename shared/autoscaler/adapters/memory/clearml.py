"""The ClearML ports over the world's model of ClearML, without a wire in between."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from autoscaler.core.seen import Queue, Task, Worker
from autoscaler.errors import ConfigError, Problem, UnavailableError
from autoscaler.world.clearml import ClearML, Move, RefusedError
from autoscaler.world.clearml.model import Queue as WorldQueue
from autoscaler.world.clearml.model import Status
from autoscaler.world.clearml.model import Task as WorldTask


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
        queues = self._world.queues.all(hidden=True)
        by_ref = {queue.name: queue for queue in queues} | {queue.id: queue for queue in queues}
        found = {by_ref[ref].id: by_ref[ref] for ref in refs if ref in by_ref}
        return [_queue(queue) for queue in found.values()]

    def create(self, name: str) -> None:
        self._check()
        if self._world.queues.find(name) is not None:
            return
        try:
            self._world.queues.create(name)
        except RefusedError as error:
            raise ConfigError(Problem("queues", name, str(error))) from error


class MemoryWorkers(_Face):
    """The Workers port. The agents' user is the world's own."""

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
            if worker.id.startswith(starts) and worker.user.id == self._world.user.id
        ]

    def unregister(self, worker: str) -> None:
        self._check()
        self._world.workers.unregister(worker, user=self._world.user)


class MemoryTasks(_Face):
    """The Tasks port. `before`, when set, is called before each look (a pop may fall there)."""

    def __init__(self, world: ClearML) -> None:
        super().__init__(world)
        self.before: Callable[[], object] | None = None

    def held_by(self, workers: Collection[str]) -> Sequence[Task]:
        self._look()
        return [
            self._seen(task)
            for task in self._world.tasks.all()
            if task.status is Status.IN_PROGRESS and task.last_worker in workers
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

    def read(self, ids: Collection[str]) -> Sequence[Task]:
        self._check()
        return [self._seen(task) for task in self._world.tasks.all() if task.id in ids]

    def stop(self, task: str, reason: str) -> None:
        self._check()
        self._world.tasks.stopped(task, Move(force=True, reason=reason))

    def enqueue(self, task: str, queue_id: str, reason: str) -> bool:
        self._check()
        if all(queue.id != queue_id for queue in self._world.queues.all(hidden=True)):
            return False
        with suppress(RefusedError):  # it stands there already
            self._world.tasks.enqueue(task, queue_id, Move(reason=reason))
        self._world.queues.move_to(queue_id, task, 0)
        return True

    def reset(self, task: str) -> None:
        self._check()
        self._world.tasks.reset(task, Move(force=True))

    def fail(self, task: str, reason: str) -> None:
        self._check()
        self._world.tasks.failed(task, Move(force=True, reason=reason))

    def _seen(self, task: WorldTask) -> Task:
        return Task(
            id=task.id,
            status=task.status,
            reason=task.status_reason,
            queue=task.queue or "",
            worker=task.last_worker or "",
            waiting=bool(self._world.queues.holding(task.id)),
            changed=task.status_changed,
            reported=task.last_worker_report or task.last_update,
        )

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
