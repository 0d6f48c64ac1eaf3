"""Replay recorded calls against a stand-in whose ids and times are its own."""

from __future__ import annotations

import base64
import http.client
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from autoscaler.world.server import StandIn

_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


@dataclass(frozen=True)
class Outcome:
    status: int
    meta: dict[str, Any]
    data: Any


@dataclass
class Replay:
    """One conversation. Ids that answers bring replace the recorded ones from then on."""

    standin: StandIn
    ids: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def run(self, call: dict[str, Any]) -> tuple[Outcome, Outcome]:
        """Return what was recorded, in our ids, and what was answered."""
        connection = http.client.HTTPConnection(urlsplit(self.standin.url).netloc, timeout=5)
        body = self._in_our_ids(json.dumps(call["request"]))
        connection.request(call["method"], call["path"], body, self._headers(call["auth"]))
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        self.token = answer["data"].get("token", self.token)
        recorded = call["response"]
        self._learn(recorded["data"], answer["data"])
        return (
            self._outcome(call["status"], json.loads(self._in_our_ids(json.dumps(recorded)))),
            self._outcome(response.status, answer),
        )

    def _headers(self, auth: str | None) -> dict[str, str]:
        keys = self.standin.credentials
        pair = f"{keys.access_key}:{keys.secret_key}".encode()
        values = {
            None: None,
            "basic": f"Basic {base64.b64encode(pair).decode()}",
            "badbasic": f"Basic {base64.b64encode(b'nobody:nothing').decode()}",
            "token": f"Bearer {self.token}",
            "badtoken": "Bearer bad",
        }
        value = values[auth]
        return {"Content-Type": "application/json"} | ({"Authorization": value} if value else {})

    def _in_our_ids(self, text: str) -> str:
        return _ID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    def _learn(self, recorded: Any, answered: Any) -> None:
        if isinstance(recorded, dict) and isinstance(answered, dict):
            for key in recorded.keys() & answered.keys():
                self._learn(recorded[key], answered[key])
        elif isinstance(recorded, list) and isinstance(answered, list):
            for one, other in zip(recorded, answered, strict=False):
                self._learn(one, other)
        elif isinstance(recorded, str) and _ID.fullmatch(recorded):
            self.ids.setdefault(recorded, answered)

    @staticmethod
    def _outcome(status: int, envelope: dict[str, Any]) -> Outcome:
        told = ("endpoint", "result_code", "result_subcode", "result_msg", "error_data")
        meta = {name: envelope["meta"][name] for name in told}
        return Outcome(status, meta, _without_times(envelope["data"]))


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "<jwt>" if name == "token" else _without_times(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        return "<time>"
    return value
