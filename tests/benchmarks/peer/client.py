"""The calls of ClearML's API client that its autoscaler makes, answered by the world."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from autoscaler.simulate.stage import Stage
from autoscaler.world.clearml import ClearML
from autoscaler.world.clearml.model import Queue, Worker

_BEAT = timedelta(seconds=30)


class ServerError(Exception):
    """As the API client's own, when a server does not answer well."""


class Client:
    """Answers as `APIClient` does: what the world keeps has the names of ClearML's fields.

    `calls` counts requests.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.calls = 0
        self._fails = False
        self.queues = _Queues(self)
        self.workers = _Workers(self)

    def fail_once(self) -> None:
        """The next request is answered with an HTTP 500."""
        self._fails = True

    def asked(self) -> ClearML:
        self.calls += 1
        if self._fails:
            self._fails = False
            raise ServerError("HTTP 500")
        return self.stage.clearml


class _Queues:
    def __init__(self, client: Client) -> None:
        self._client = client

    def get_all(self, only_fields: Sequence[str]) -> list[Queue]:
        del only_fields
        return self._client.asked().queues.all(hidden=False)

    def get_by_id(self, queue: str) -> Queue:
        return self._client.asked().queues.get(queue)

    def create(self, name: str) -> Queue:
        return self._client.asked().queues.create(name)


class _Workers:
    def __init__(self, client: Client) -> None:
        self._client = client

    def get_all(self) -> list[Worker]:
        """Agents that live report every 30 s, also those of which the stage says no more."""
        workers = self._client.asked().workers.all()
        stage = self._client.stage
        living = {slot.worker for slot in stage.agents.slots if slot.alive}
        now = stage.hub.now()
        return [_beating(each, now) if each.id in living else each for each in workers]


def _beating(worker: Worker, now: datetime) -> Worker:
    beats = (now - worker.last_activity_time) // _BEAT
    return replace(worker, last_activity_time=worker.last_activity_time + beats * _BEAT)
