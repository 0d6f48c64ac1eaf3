"""What ClearML says about this machine. Every look raises UnknownError when it cannot tell."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cached_property
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine
from typing import (  # noqa: UP035 - Python 3.8
    TYPE_CHECKING,
    Any,
    Callable,
    Collection,
    Iterator,
    Mapping,
)

if TYPE_CHECKING:
    import ssl

STALE = 120.0  # a task that nobody reports for so long is not in our agent's hands
UNAUTHORIZED, PAGE, TIMEOUT = 401, 500, 5.0
_NO = ("0", "false", "no", "off", "n", "f")
Document = Mapping[str, Any]


class UnknownError(Exception):
    """ClearML could not be asked."""


def _never() -> None:
    """No other login is to be had."""


class Server:
    """Calls with the agents' own login, in `environ`.

    `renew` is asked when that is refused: for an environment with another, or None.
    """

    def __init__(
        self, environ: Mapping[str, str], renew: Callable[[], Mapping[str, str] | None] = _never
    ) -> None:
        self._environ, self._renew = environ, renew
        self._url = environ.get("CLEARML_API_HOST", "").rstrip("/")
        self._token = environ.get("CLEARML_AUTH_TOKEN", "")

    def call(self, endpoint: str, body: Document) -> Document:
        # It loads TLS, half of what a guard costs to start: the agents come first.
        from http.client import HTTPException  # noqa: PLC0415 - see above

        try:
            return self._authorized(endpoint, body)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise UnknownError(f"{endpoint}: {error!r}") from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """What the agent accepts, by the same variables."""
        import ssl  # noqa: PLC0415 - as above

        context = ssl.create_default_context()
        bundle = self._environ.get("REQUESTS_CA_BUNDLE") or self._environ.get("CURL_CA_BUNDLE")
        if bundle:
            context.load_verify_locations(
                **{"capath" if Path(bundle).is_dir() else "cafile": bundle}
            )
        if self._environ.get("CLEARML_API_HOST_VERIFY_CERT", "").lower() in _NO:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _authorized(self, endpoint: str, body: Document) -> Document:
        if self._token:
            try:
                return self._post(endpoint, "Bearer " + self._token, body)
            except OSError as error:
                if not _is_refusal(error):
                    raise
        self._token = self._logged_in()
        return self._post(endpoint, "Bearer " + self._token, body)

    def _logged_in(self) -> str:
        try:
            return self._login()
        except OSError as error:
            renewed = self._renew() if _is_refusal(error) else None
            if renewed is None:
                raise
        self._environ = renewed
        return self._login()

    def _login(self) -> str:
        names = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")
        pair = ":".join(self._environ.get(name, "") for name in names)
        basic = "Basic " + b64encode(pair.encode()).decode()
        return str(self._post("auth.login", basic, {})["token"])

    def _post(self, endpoint: str, login: str, body: Document) -> Document:
        from urllib.request import Request, urlopen  # noqa: PLC0415 - as above

        headers = {"Content-Type": "application/json", "Authorization": login}
        url, data = f"{self._url}/{endpoint}", json.dumps(body).encode()
        request = Request(url, data, headers)  # noqa: S310 - the operator's URL
        tls = self._tls if url.startswith("https") else None
        with urlopen(request, timeout=TIMEOUT, context=tls) as reply:  # noqa: S310
            found: Document = json.load(reply)["data"]
            return found


class Look:
    """`worker` is the id of the machine's agent, without a slot."""

    def __init__(self, server: Server, worker: str, queues: list[str]) -> None:
        self._server, self._worker, self._queues = server, worker, queues
        self._doubted: dict[str, float] = {}
        self.doubtful = False  # whether what was held last may be anybody's

    def workers(self) -> list[Document]:
        """The workers of this machine: one per slot, and the children of services mode.

        Anybody may report under any id: what another user reports is not ours.
        """
        rows = self._workers(self._worker + "*")
        named = [row for row in rows if _is_of(row["id"], self._worker)]
        return [row for row in named if (row.get("user") or {}).get("id") == self._user]

    def unregister(self, worker: str) -> None:
        self._server.call("workers.unregister", {"worker": worker})

    def idle(self, workers: Collection[str]) -> list[str]:
        """Those of our workers that report no task."""
        busy = [row["id"] for row in self._busy()]
        return [one for one in workers if not any(_is_of(row, one) for row in busy)]

    def held(self, now: float, workers: Collection[str] = ()) -> str:
        """What our agents (only these workers, if given) hold, in words; empty for nothing.

        A task that nobody reports yet may be anybody's. `now` is any steady clock's.
        """
        self.doubtful = False
        for row in self._busy():
            if not workers or any(_is_of(row["id"], worker) for worker in workers):
                return f"{row['id']} works on task {row['task']['id']}"
        doubted = self._unclaimed()
        if doubted:  # most are another agent's, which reports within milliseconds
            sleep(1)
            doubted &= self._unclaimed()
        self._doubted = {task: self._doubted.get(task, now) for task in doubted}
        fresh = [task for task, since in self._doubted.items() if now - since < STALE]
        self.doubtful = bool(fresh)
        return f"task {fresh[0]} was pulled, and no worker reports it yet" if fresh else ""

    @cached_property
    def _user(self) -> str:
        """Whose login this is."""
        found: str = self._server.call("users.get_current_user", {})["user"]["id"]
        return found

    def _busy(self) -> list[Document]:
        return [row for row in self.workers() if row.get("task")]

    def _unclaimed(self) -> set[str]:
        """Tasks of our queues that somebody pulled or started, and that no worker reports.

        Asked in the order in which a task passes by: pulled, started, reported.
        """
        taken = self._missing() | {task["id"] for task in self._tasks("in_progress")}
        if not taken:
            return taken
        return taken - {row["task"]["id"] for row in self._workers("*") if row.get("task")}

    def _workers(self, pattern: str) -> list[Document]:
        asked = {"last_seen": 3600, "worker_pattern": pattern}
        found: list[Document] = self._server.call("workers.get_all", asked)["workers"]
        return found

    def _missing(self) -> set[str]:
        """Queued by their status, in the entries of no queue."""
        queued = {task["id"] for task in self._tasks("queued")}
        if not queued:
            return set()
        asked = {"id": self._queues, "only_fields": ["id", "entries"]}
        rows = self._server.call("queues.get_all", asked)["queues"]
        return queued - {entry["task"] for row in rows for entry in row.get("entries") or ()}

    def _tasks(self, status: str) -> Iterator[Document]:
        """Newest first: what leaves meanwhile makes others appear twice, never not at all."""
        asked = {
            "status": [status],
            "execution.queue": self._queues,
            "only_fields": ["id"],
            "order_by": ["-status_changed"],
            "search_hidden": True,
            "page_size": PAGE,
        }
        page, count = 0, PAGE
        while count == PAGE:
            rows = self._server.call("tasks.get_all", {**asked, "page": page})["tasks"]
            yield from rows
            page, count = page + 1, len(rows)


def _is_of(row: str | None, worker: str) -> bool:
    """It is this worker, or one of its slots or services."""
    return row is not None and (row + ":").startswith(worker + ":")


def _is_refusal(error: OSError) -> bool:
    return getattr(error, "code", 0) == UNAUTHORIZED
