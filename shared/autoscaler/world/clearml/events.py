"""What tasks tell about themselves: console lines and scalars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import Clock, Document, Event

if TYPE_CHECKING:
    from autoscaler.world.clearml.tasks import Tasks


class Events:
    def __init__(self, *, now: Clock, tasks: Tasks) -> None:
        self._now = now
        self._tasks = tasks
        self._events: defaultdict[str, list[Event]] = defaultdict(list)

    def add(self, bodies: Iterable[Document]) -> tuple[int, list[str]]:
        """Return how many were added and what was wrong with the others.

        Raise RefusedError 131 when there were some and none was right.
        """
        added, problems = 0, []
        for body in bodies:
            problem = self._problem(body)
            if problem:
                problems.append(problem)
                continue
            self._take(body)
            added += 1
        if problems and not added:
            raise errors.events_not_added(problems[0])
        return added, problems

    def of(self, task_id: str, *, type: str | None = None) -> list[Event]:
        return [event for event in self._events[task_id] if type in {None, event.type}]

    def console(self, task_id: str) -> str:
        """All that the task's log says, as one text."""
        return "".join(str(event.body.get("msg", "")) for event in self.of(task_id, type="log"))

    def forget(self, task_id: str) -> None:
        self._events.pop(task_id, None)

    def _problem(self, body: Document) -> str | None:
        if not body.get("type"):
            return "Event must have a 'type' field"
        if not body.get("task"):
            return "Event must have a 'task' field"
        if self._tasks.find(body["task"]) is None:
            return f"Invalid task id {body['task']}"
        return None

    def _take(self, body: Document) -> None:
        task_id = str(body["task"])
        self._events[task_id].append(
            Event(task=task_id, type=str(body["type"]), time=self._now(), body=body)
        )
        self._tasks.progressed(task_id, body.get("iter"))
