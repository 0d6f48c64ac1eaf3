"""The port Workers over the ClearML API."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, Required

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.envelope import RejectedError
from autoscaler.adapters.clearml.listing import Time, items
from autoscaler.adapters.clearml.session import Version
from autoscaler.adapters.clearml.users import current_user
from autoscaler.core.seen import Worker

_KNOWS_PATTERNS: Version = (2, 30)
_GLOB = frozenset("*?[]^\\")
# The server forgets a worker that is silent for its time-out, which is 10 minutes by default.
_LAST_SEEN_SECONDS = 3600
_UNKNOWN = {1001, 1004}


class _Identified(TypedDict):
    id: str


class _Worker(TypedDict, total=False):
    """There may be thousands: a dictionary is checked in a quarter of a model's time."""

    id: Required[str]
    task: _Identified | None
    queues: tuple[_Identified, ...] | None
    user: _Identified | None
    last_report_time: Time | None


_WORKERS = TypeAdapter(tuple[_Worker, ...])


class ClearmlWorkers:
    """The port Workers. `queues` and `user` of a worker are ids.

    `agents` has the login of the agents: ClearML keeps workers by user, so only with it are
    theirs told from others', and taken off the list. Who that is, is asked once. Without it,
    everybody's workers count.
    """

    def __init__(self, client: ClearmlClient, agents: ClearmlClient | None = None) -> None:
        self._client = client
        self._agents = agents

    def read(self, prefixes: Collection[str]) -> Sequence[Worker]:
        if not prefixes:
            return ()
        data = self._client.call("workers.get_all", self._query(prefixes))
        starts = tuple(f"{prefix}:" for prefix in prefixes)
        workers = items("workers.get_all", data, _WORKERS)
        named = [_seen(worker) for worker in workers if worker["id"].startswith(starts)]
        return [worker for worker in named if self._user in ("", worker.user)]

    def unregister(self, worker: str) -> None:
        try:
            (self._agents or self._client).call("workers.unregister", {"worker": worker})
        except RejectedError as error:
            if error.subcode not in _UNKNOWN:
                raise

    @cached_property
    def _user(self) -> str:
        if self._agents is None:
            return ""
        return current_user(self._agents).id

    def _query(self, prefixes: Collection[str]) -> dict[str, Any]:
        """The pattern only spares traffic: what comes is filtered anyway."""
        query: dict[str, Any] = {"last_seen": _LAST_SEEN_SECONDS}
        first, *more = prefixes
        version = self._client.version()
        if not more and version and version >= _KNOWS_PATTERNS and _GLOB.isdisjoint(first):
            query["worker_pattern"] = f"{first}:*"
        return query


def _seen(worker: _Worker) -> Worker:
    task, user = worker.get("task"), worker.get("user")
    return Worker(
        id=worker["id"],
        task=task["id"] if task else "",
        queues=tuple([queue["id"] for queue in worker.get("queues") or ()]),
        user=user["id"] if user else "",
        last_report=worker.get("last_report_time"),
    )
