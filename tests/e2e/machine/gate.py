"""Pops and looks, one after the other: the server's side of a race between agent and guard."""

import json
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from autoscaler.world.api import Request, Response
from autoscaler.world.api.api import route
from autoscaler.world.server import Watch

_PATIENCE = 60.0
_GUARDS = "python-urllib"  # whose calls are a guard's: agents and services use other libraries


class Door:
    """Stands before one queue. While it is shut, the next pop waits for it.

    `waits`: a pop has arrived and has no effect yet. `looked`: when the last look of a guard was
    answered; `on_look` is called then, before the answer leaves.
    """

    def __init__(self) -> None:
        self.waits, self._opened = threading.Event(), threading.Event()
        self._popped = threading.Event()
        self.popped_at = self.looked_at = 0.0
        self.on_look: Callable[[], object] = lambda: None

    def pass_through(self) -> None:
        self.waits.set()
        self._opened.wait(_PATIENCE)

    def open(self) -> None:
        """Let the pop through, and wait until it has had its effect."""
        self._opened.set()
        if not self._popped.wait(_PATIENCE):
            raise TimeoutError("the agent did not pop")

    def popped(self) -> None:
        if not self._popped.is_set():
            self.popped_at = monotonic()
            self._popped.set()

    def looked(self) -> None:
        self.looked_at = monotonic()
        self.on_look()


class Gate(Watch):
    """All doors, by the id of their queue."""

    def __init__(self) -> None:
        self._doors: dict[str, Door] = {}

    def shut(self, queue: str) -> Door:
        self._doors[queue] = door = Door()
        return door

    def take_away(self, queue: str) -> None:
        self._doors.pop(queue, None)

    def arrives(self, request: Request) -> None:
        if route(request.path)[0] == "queues.get_next_task":
            door = self._doors.get(_read(request.body).get("queue", ""))
            if door:
                door.pass_through()

    def answered(self, request: Request, response: Response) -> None:
        endpoint, asked = route(request.path)[0], _read(request.body)
        if endpoint == "queues.get_next_task":
            door = self._doors.get(asked.get("queue", ""))
            if door and (_read(response.body).get("data") or {}).get("entry"):
                door.popped()
        elif endpoint == "tasks.get_all" and asked.get("status") == ["in_progress"]:
            client = request.headers.get("user-agent", "").lower()
            for queue in asked.get("execution.queue", ()):
                if queue in self._doors and client.startswith(_GUARDS):
                    self._doors[queue].looked()


def _read(body: bytes) -> dict[str, Any]:
    found = json.loads(body or b"{}")
    return found if isinstance(found, dict) else {}
