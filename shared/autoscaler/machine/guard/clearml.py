"""What ClearML says about this machine. Every look raises UnknownError when it cannot tell."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine
from typing import Any, Iterator, Mapping  # noqa: UP035 - Python 3.8

STALE = 120.0  # a task that nobody reports for so long is not in our agent's hands
UNAUTHORIZED, PAGE, TIMEOUT = 401, 500, 5.0
_NO = ("0", "false", "no", "off", "n", "f")
Document = Mapping[str, Any]


class UnknownError(Exception):
    """ClearML could not be asked."""


class Server:
    """Calls with the agents' own login."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._url = environ.get("CLEARML_API_HOST", "").rstrip("/")
        self._token = environ.get("CLEARML_AUTH_TOKEN", "")
        self._environ = environ
        names = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")
        pair = ":".join(environ.get(name, "") for name in names)
        self._basic = "Basic " + base64.b64encode(pair.encode()).decode()

    def call(self, endpoint: str, body: Document) -> Document:
        try:
            return self._authorized(endpoint, body)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise UnknownError(f"{endpoint}: {error!r}") from error

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """What the agent accepts, by the same variables."""
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
            except urllib.error.HTTPError as error:
                if error.code != UNAUTHORIZED:
                    raise
        self._token = self._post("auth.login", self._basic, {})["token"]
        return self._post(endpoint, "Bearer " + self._token, body)

    def _post(self, endpoint: str, login: str, body: Document) -> Document:
        headers = {"Content-Type": "application/json", "Authorization": login}
        url, data = f"{self._url}/{endpoint}", json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - the operator's URL
        tls = self._tls if url.startswith("https") else None
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=tls) as reply:  # noqa: S310
            found: Document = json.load(reply)["data"]
            return found


class Look:
    """`worker` is the id of the machine's agent, without a slot."""

    def __init__(self, server: Server, worker: str, queues: list[str]) -> None:
        self._server, self._worker, self._queues = server, worker, queues
        self._doubted: dict[str, float] = {}

    def workers(self) -> list[Document]:
        """The workers of this machine: one per slot, and the children of services mode."""
        return [row for row in self._workers(self._worker + "*") if self._is_ours(row["id"])]

    def unregister(self, worker: str) -> None:
        self._server.call("workers.unregister", {"worker": worker})

    def held(self, now: float) -> str:
        """What our agents hold, in words; empty for nothing. `now` is any steady clock's."""
        for row in self.workers():
            if row.get("task"):
                return f"{row['id']} works on task {row['task']['id']}"
        doubted = self._unclaimed()
        if doubted:  # most are another agent's, which reports within milliseconds
            sleep(1)
            doubted &= self._unclaimed()
        self._doubted = {task: self._doubted.get(task, now) for task in doubted}
        fresh = [task for task, since in self._doubted.items() if now - since < STALE]
        return f"task {fresh[0]} was pulled, and no worker reports it yet" if fresh else ""

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

    def _is_ours(self, worker: str | None) -> bool:
        return worker is not None and (worker + ":").startswith(self._worker + ":")
