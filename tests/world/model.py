"""A world that a test moves by hand: a clock that stands still and ids that count."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from autoscaler.world.api import Api, Request, Response
from autoscaler.world.clearml import ClearML

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **amount: float) -> None:
        """`amount` as for timedelta."""
        self.time += timedelta(**amount)


def new_world(clock: Clock) -> ClearML:
    numbers = count(1)
    return ClearML(now=clock, new_id=lambda: f"{next(numbers):032x}")


@dataclass
class Caller:
    """Somebody with a valid token who asks a world's API, without a socket."""

    world: ClearML
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers.setdefault(
            "authorization", f"Bearer {self.world.users.login(self.world.user)}"
        )

    def send(self, path: str, body: bytes, **headers: str) -> Response:
        request = Request(path=path, body=body, headers={**self.headers, **headers})
        return Api(self.world).handle(request)

    def ask(self, endpoint: str, **body: Any) -> dict[str, Any]:
        """Return the data; fail when the answer is not 200."""
        status, envelope = self.outcome(endpoint, **body)
        assert status == 200, envelope["meta"]
        data: dict[str, Any] = envelope["data"]
        return data

    def refusal(self, endpoint: str, **body: Any) -> tuple[int, int]:
        """Return status and subcode."""
        status, envelope = self.outcome(endpoint, **body)
        return status, envelope["meta"]["result_subcode"]

    def outcome(self, endpoint: str, **body: Any) -> tuple[int, dict[str, Any]]:
        response = self.send(f"/{endpoint}", json.dumps(body).encode())
        return response.status, json.loads(response.body)


def basic(access_key: str, secret_key: str) -> str:
    return f"Basic {base64.b64encode(f'{access_key}:{secret_key}'.encode()).decode()}"
