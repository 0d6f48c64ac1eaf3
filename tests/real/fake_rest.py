"""Google's services over plain HTTP: what is asked and answered is held to their descriptions."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.adapters.gcp.described import methods, mistakes_of

Answer = Callable[[Mapping[str, str], Mapping[str, str], Any], Any]


class RefusedError(Exception):
    """What Google says in place of an answer."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


@dataclass
class FakeRest:
    """One service, as in "cloudfunctions.v2".

    `answers`: by method ("cloudfunctions.projects.locations.functions.list"), given the names of
    the path (under "" the whole one), the query and the body; `otherwise` answers all others.
    `mistakes`: what Google would not know; a test wants none.
    """

    service: str
    answers: dict[str, Answer] = field(default_factory=dict)
    otherwise: Answer | None = None
    mistakes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, verb: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        for method, pattern in methods(self.service):
            found = pattern.fullmatch(path) if method["httpMethod"] == verb else None
            act = self.answers.get(method["id"], self.otherwise)
            if found and act:
                names = {**found.groupdict(), "": path}
                return self._answered(method, lambda: act(names, query, body), query, body)  # noqa: B023  called at once
        self.mistakes.append(f"nothing answers {verb} {path}")
        return 404, _error(404, "notFound", path)

    def _answered(
        self, method: Any, act: Callable[[], Any], query: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        self.asked.append(method["id"])
        unknown = set(query) - set(method.get("parameters", {}))
        self.mistakes += [f"{method['id']}: unknown parameter {each}" for each in unknown]
        if "request" in method:
            self.mistakes += mistakes_of(self.service, method["request"]["$ref"], body)
        try:
            found = act()
        except RefusedError as error:
            return error.status, _error(error.status, error.reason, error.message)
        self.mistakes += mistakes_of(self.service, method["response"]["$ref"], found)
        return 200, found


@contextmanager
def served(*services: FakeRest) -> Iterator[Mapping[str, str]]:
    """What an environment says so that clients find them, for as long as they are there."""
    servers: list[_Server] = []
    try:
        for service in services:
            servers.append(_Server(service))
            threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        yield {
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{re.sub('[.].*', '', each.fake.service).upper()}": (
                f"http://127.0.0.1:{each.server_port}"
            )
            for each in servers
        } | {"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true"}
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
    assert [each for fake in services for each in fake.mistakes] == []


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeRest) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        split = urlsplit(self.path)
        status, found = self.server.fake.answer(
            self.command,
            split.path.lstrip("/"),
            dict(parse_qsl(split.query)),
            json.loads(text) if text else {},
        )
        answer = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - the same

    def log_message(self, *_: object) -> None:
        pass


def _error(status: int, reason: str, message: str) -> dict[str, Any]:
    told = {"message": message, "domain": "global", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [told]}}
