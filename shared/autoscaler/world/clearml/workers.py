"""Workers: agents that reported lately. A silent one is gone when its own timeout is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import DEFAULT_WORKER_TIMEOUT, Clock, User, Worker

if TYPE_CHECKING:
    from autoscaler.world.clearml.queues import Queues
    from autoscaler.world.clearml.tasks import Tasks

LOOPBACK = "127.0.0.1"


class Workers:
    """A worker belongs to a user: one id under two users is two workers."""

    def __init__(
        self,
        *,
        now: Clock,
        queues: Queues,
        tasks: Tasks,
        timeout: timedelta = DEFAULT_WORKER_TIMEOUT,
    ) -> None:
        self._now = now
        self._queues = queues
        self._tasks = tasks
        self._timeout = timeout
        self._workers: dict[str, Worker] = {}

    def register(
        self,
        worker_id: str,
        *,
        user: User,
        queues: Iterable[str] = (),
        timeout: timedelta | None = None,
        tags: Iterable[str] = (),
        system_tags: Iterable[str] = (),
        ip: str = LOOPBACK,
    ) -> Worker:
        """Raise RefusedError 701 when a queue is wrong."""
        watched = tuple(queues)
        self._check_queues(watched)
        now = self._now()
        return self._store(
            Worker(
                id=worker_id,
                key=_key(worker_id, user),
                user=user,
                ip=ip,
                register_time=now,
                register_timeout=timeout or self._timeout,
                last_activity_time=now,
                queues=watched,
                tags=tuple(tags),
                system_tags=tuple(system_tags),
            )
        )

    def report(
        self,
        worker_id: str,
        *,
        user: User,
        task: str | None = None,
        queue: str | None = None,
        queues: Iterable[str] = (),
        tags: Iterable[str] = (),
        system_tags: Iterable[str] = (),
        ip: str = LOOPBACK,
    ) -> Worker:
        """Register an unknown worker too. What a report does not say, it clears: task and tags.

        Raise RefusedError 101 or 701 when task or queues are wrong.
        """
        watched = tuple(queues)
        self._check_queues(watched)
        if task is not None:
            self._tasks.reported(task, worker=worker_id)
        known = self._alive(_key(worker_id, user)) or self.register(worker_id, user=user)
        now = self._now()
        return self._store(
            replace(
                known,
                ip=ip,
                last_activity_time=now,
                last_report_time=now,
                queues=watched or known.queues,
                queue=queue,
                task=task,
                tags=tuple(tags),
                system_tags=tuple(system_tags),
            )
        )

    def unregister(self, worker_id: str, *, user: User) -> None:
        """Forget the worker; to forget an unknown one is no mistake."""
        self._workers.pop(_key(worker_id, user), None)

    def all(self, *, pattern: str = "*", last_seen: timedelta | None = None) -> list[Worker]:
        """Workers whose id matches the glob and which were active within `last_seen`."""
        now = self._now()
        return [
            worker
            for worker in self._workers.values()
            if worker.expires() > now
            and fnmatchcase(worker.id, pattern)
            and (last_seen is None or now - worker.last_activity_time <= last_seen)
        ]

    def find(self, worker_id: str) -> Worker | None:
        return next((worker for worker in self.all() if worker.id == worker_id), None)

    def watching(self, queue_id: str) -> list[Worker]:
        return [worker for worker in self.all() if queue_id in worker.queues]

    def _alive(self, key: str) -> Worker | None:
        worker = self._workers.get(key)
        return worker if worker and worker.expires() > self._now() else None

    def _check_queues(self, ids: tuple[str, ...]) -> None:
        known = {queue.id for queue in self._queues.all()}
        unknown = [queue_id for queue_id in ids if queue_id not in known]
        if unknown:
            raise errors.invalid_queue(ids=f"({', '.join(unknown)})")

    def _store(self, worker: Worker) -> Worker:
        self._workers[worker.key] = worker
        return worker


def _key(worker_id: str, user: User) -> str:
    return f"worker_{user.company}_{user.id}_{worker_id}"
