"""A plain HTTP client that lets every broken answer through to the test."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from tests.world.model import basic

if TYPE_CHECKING:
    from autoscaler.world.server import StandIn


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


class Client:
    """One connection, kept alive until the server closes it."""

    def __init__(self, standin: StandIn, *, worker: str | None = None) -> None:
        keys = standin.credentials
        self._headers = {"Authorization": basic(keys.access_key, keys.secret_key)}
        if worker:
            self._headers["X-ClearML-Worker"] = worker
        self.connection = http.client.HTTPConnection(urlsplit(standin.url).netloc, timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def post(self, path: str, *, method: str = "POST", **body: Any) -> Answer:
        self.connection.request(method, path, json.dumps(body), self._headers)
        response = self.connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
