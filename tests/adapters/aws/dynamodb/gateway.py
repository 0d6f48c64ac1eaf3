"""Between the SDK and DynamoDB Local: answers that get lost, and answers that AWS may give."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

Lost = Literal["lost"]
_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS says instead of doing what it was asked; `reasons` are those of a transaction."""

    code: str
    said: str = ""
    status: int = 400
    reasons: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        told: dict[str, Any] = {"__type": _NAMESPACE + self.code, "message": self.said}
        if self.reasons:
            told["CancellationReasons"] = [{"Code": code} for code in self.reasons]
        return json.dumps(told).encode()


@dataclass
class Gateway:
    """`script` says what becomes of the next requests; behind its end all are carried out.

    "lost": it is carried out, and nobody hears of it. `heard`: what was asked, in order.
    """

    behind: str
    script: list[Lost | Refusal | None] = field(default_factory=list)
    heard: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[str]:
        gateway = self

        class Handler(_Handler):
            through = gateway

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()

    def carried_out(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(urlsplit(self.behind).netloc)
        try:
            connection.request("POST", "/", body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    through: Gateway

    def do_POST(self) -> None:  # the name that http.server calls
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        self.through.heard.append((operation, json.loads(body)))
        step = self.through.script.pop(0) if self.through.script else None
        if isinstance(step, Refusal):
            self._answer(step.status, step.body)
            return
        status, answer = self.through.carried_out(dict(self.headers), body)
        if step is None:
            self._answer(status, answer)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was heard."""
