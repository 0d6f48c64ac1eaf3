"""The safety net: how long a machine may wait, idle and live, and a task run."""

from __future__ import annotations

from typing import Any, Iterable, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.memory import Memory


class Limits:
    """What has been seen of the machine's work; every `now` is the steady clock's.

    A guard that comes after another goes on counting; the time between them was idle for nobody.
    """

    def __init__(self, settings: Mapping[str, Any], memory: Memory, now: float) -> None:
        self._settings, self._memory = settings, memory
        self._born: float = memory.get("born", now)
        self._last_busy: float = now - memory.get("idle", 0.0)
        self._registered: bool = memory.get("registered", False)
        self._busy = False
        self._since: dict[str, float] = memory.get("tasks", {})
        self._warned: list[str] = memory.get("warned", [])

    def saw(self, rows: Iterable[Mapping[str, Any]], now: float) -> None:
        """The machine's workers, as ClearML lists them."""
        rows = list(rows)
        tasks = {row["task"]["id"]: row["id"] for row in rows if row.get("task")}
        self._since = {task: self._since.get(task, now) for task in tasks}
        self._warned = [task for task in self._warned if task in tasks]
        for task, worker in tasks.items():
            self._warn(task, worker, now)
        self._registered = self._registered or bool(rows)
        self.works(now, busy=bool(tasks))

    def works(self, now: float, *, busy: bool) -> None:
        """The same, by what the machine itself can tell."""
        self._busy = busy
        if busy:
            self._last_busy = now
        self._memory.keep(
            born=self._born,
            idle=now - self._last_busy,
            registered=self._registered,
            tasks=self._since,
            warned=[*self._warned],
        )

    def reached(self, now: float) -> str:
        """Why the machine should end; empty while it should not."""
        age, idle, limits = now - self._born, now - self._last_busy, self._settings
        if not self._registered and age > limits["boot"]:
            return f"no worker was registered within {limits['boot']:.0f} s"
        if idle > limits["idle"]:
            return f"idle for {idle:.0f} s"
        if limits["life"] and age > limits["life"] and not self._busy:
            return f"lived for {age:.0f} s and has no task"
        return ""

    def _warn(self, task: str, worker: str, now: float) -> None:
        limit, took = self._settings["task"], now - self._since[task]
        if limit and took > limit and task not in self._warned:
            self._warned.append(task)
            say("task-overdue", worker=worker, task=task, seconds=round(took), limit=limit)
