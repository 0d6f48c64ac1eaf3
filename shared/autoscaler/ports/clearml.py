"""ClearML: its queues, its workers, its tasks."""

from collections.abc import Collection, Sequence
from typing import Protocol

from autoscaler.core.seen import Queue, Task, Worker


class Queues(Protocol):
    def read(self, refs: Collection[str]) -> Sequence[Queue]:
        """The queues that are named (or identified) by `refs`, hidden ones included.

        A ref that no queue answers to is left out: it does not exist. One call for up to 500.
        """
        ...

    def create(self, name: str) -> None:
        """Make the queue. One that exists already is fine."""
        ...


class Workers(Protocol):
    def read(self, prefixes: Collection[str]) -> Sequence[Worker]:
        """Every worker of our agents' user whose id starts with one of `prefixes` + ":".

        Anybody may report under any id: what another user reports is not ours.
        """
        ...

    def unregister(self, worker: str) -> None:
        """Take a dead worker off ClearML's list. One that is unknown is fine."""
        ...


class Tasks(Protocol):
    """Who looks for a worker's work asks for `unreported` first: a task moves on to `held_by`."""

    def held_by(self, workers: Collection[str]) -> Sequence[Task]:
        """The tasks in progress that one of these workers was the last to report."""
        ...

    def unreported(self, queue_ids: Collection[str]) -> Sequence[str]:
        """Ids of tasks popped but not reported: queued by status, in no entry of these queues."""
        ...

    def read(self, ids: Collection[str]) -> Sequence[Task]:
        """These tasks as they are now; one that does not exist is left out."""
        ...

    def stop(self, task: str, reason: str) -> None:
        """Whatever its status: `stopped`, with this reason for people to read."""
        ...

    def enqueue(self, task: str, queue_id: str, reason: str) -> bool:
        """Put it in front of the queue, with this reason for people to read while it waits.

        One that stands there is only moved. False: no such queue.
        """
        ...

    def reset(self, task: str) -> None:
        """Forget what it did, outputs included, so that it starts anew."""
        ...

    def fail(self, task: str, reason: str) -> None:
        """Whatever its status: `failed`, with this reason for people to read."""
        ...
