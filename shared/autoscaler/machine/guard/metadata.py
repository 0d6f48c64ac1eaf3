"""Orders and notices from a cloud's metadata service."""

from __future__ import annotations

import json
import threading
from calendar import timegm
from time import monotonic, sleep, strptime, time  # noqa: TID251 - this runs on the machine
from typing import Any, Mapping  # noqa: UP035 - Python 3.8
from urllib.parse import urlsplit

from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.orders import DRAIN_KEY, Notice

OK, UNAUTHORIZED, NOT_FOUND = 200, 401, 404
TIMEOUT, LONGEST_PAUSE = 2.0, 10.0  # a notice may be given two minutes before the end
TOKEN_LIFE, LONG_POLL = 21600, 60  # seconds
GCE_NOTICE = 30.0  # what Google gives a machine between the news and its end


class Metadata:
    """What a thread of its own saw last: nobody waits for a service that is slow or broken."""

    own = ""

    def __init__(self, base: str, pause: float) -> None:
        self._host = urlsplit(base or self.own).netloc
        self._pause = pause
        self._seen: tuple[str, Notice | None] = ("", None)

    def start(self) -> None:
        threading.Thread(target=self._watch, name="metadata", daemon=True).start()

    def nonce(self) -> str:
        return self._seen[0]

    def notice(self) -> Notice | None:
        return self._seen[1]

    def look(self) -> tuple[str, Notice | None]:
        """The standing order and notice."""
        raise NotImplementedError

    def get(self, path: str, headers: Mapping[str, str], **options: Any) -> tuple[str | None, Any]:
        """Text (None: there is none) and headers. No proxy is asked, whatever the environment."""
        # It loads TLS, half of what a guard costs to start: the agents come first.
        from http.client import HTTPConnection  # noqa: PLC0415 - see above

        connection = HTTPConnection(self._host, timeout=options.get("timeout", TIMEOUT))
        try:
            connection.request(options.get("method", "GET"), path, headers=dict(headers))
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        if reply.status not in (OK, NOT_FOUND):
            raise RefusedError(reply.status, path.partition("?")[0])
        return (text if reply.status == OK else None), reply.headers

    def _watch(self) -> None:
        failures = 0
        while True:
            try:
                self._seen = self.look()
            except Exception as error:  # noqa: BLE001 - a thread that ends obeys nobody any more
                failures += 1
                if failures == 1:
                    say("metadata-unreachable", error=repr(error))
            else:
                if failures:
                    say("metadata-reachable", after=failures)
                failures = 0
            sleep(min(self._pause * 2 ** min(failures, 16), max(LONGEST_PAUSE, self._pause)))


class RefusedError(OSError):
    """An answer that is neither a value nor "there is none". `errno` is its status."""


class Ec2(Metadata):
    """IMDSv2: each look is three requests that carry a session token."""

    own = "http://169.254.169.254"
    _token = ""

    def look(self) -> tuple[str, Notice | None]:
        nonce = (self._read(f"tags/instance/{DRAIN_KEY}") or "").strip()
        action = self._read("spot/instance-action")
        if action:
            return nonce, _interruption(json.loads(action))
        if self._read("events/recommendations/rebalance"):
            return nonce, Notice("at risk to be reclaimed by the cloud: rebalance advice", None)
        return nonce, None

    def _read(self, name: str) -> str | None:
        """A token that is refused has become too old."""
        if not self._token:
            self._token = self._new_token()
        try:
            return self._value(name)
        except RefusedError as error:
            if error.errno != UNAUTHORIZED:
                raise
        self._token = self._new_token()
        return self._value(name)

    def _value(self, name: str) -> str | None:
        told = {"X-aws-ec2-metadata-token": self._token}
        return self.get(f"/latest/meta-data/{name}", told)[0]

    def _new_token(self) -> str:
        wanted = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_LIFE)}
        return self.get("/latest/api/token", wanted, method="PUT")[0] or ""


class Gce(Metadata):
    """Each look is one request, which is answered when something has changed."""

    own = "http://metadata.google.internal"
    _etag, _until = "0", 0.0

    def look(self) -> tuple[str, Notice | None]:
        asked = f"recursive=true&alt=json&wait_for_change=true&timeout_sec={LONG_POLL}"
        text, headers = self.get(
            f"/computeMetadata/v1/instance/?{asked}&last_etag={self._etag}",
            {"Metadata-Flavor": "Google"},
            timeout=LONG_POLL + TIMEOUT,
        )
        found = json.loads(text or "{}")
        seen = str(found.get("attributes", {}).get(DRAIN_KEY, "")).strip(), self._notice(found)
        self._etag = headers.get("ETag", "0")
        return seen

    def _notice(self, found: Mapping[str, Any]) -> Notice | None:
        if found.get("preempted") == "TRUE":
            self._until = self._until or monotonic() + GCE_NOTICE
            return Notice("reclaimed by the cloud: preempted", self._until)
        event = str(found.get("maintenanceEvent", ""))
        if event.startswith("TERMINATE"):
            return Notice(f"host maintenance: {event}", None)
        return None


def _interruption(action: Mapping[str, str]) -> Notice:
    """Its time is the wall clock's, with seconds and in UTC."""
    left = timegm(strptime(action["time"], "%Y-%m-%dT%H:%M:%SZ")) - time()
    reason = f"reclaimed by the cloud: spot notice, {action['action']} at {action['time']}"
    return Notice(reason, monotonic() + left)
