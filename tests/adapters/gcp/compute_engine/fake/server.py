"""The fake over HTTP, for whoever honours gcloud's variable for another server."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.adapters.gcp.compute_engine.fake.actions import ACTIONS
from tests.adapters.gcp.compute_engine.fake.cloud import CallError, Cloud
from tests.adapters.gcp.compute_engine.fake.masks import masked
from tests.adapters.gcp.compute_engine.fake.schema import UnknownCallError, check, described

PROJECT = "my-project-42"


class FakeCompute(ThreadingHTTPServer):
    """`mistakes`: what was asked in words that Google does not know; a test wants none.

    `callers`: the Authorization of each call. `broken`: a status that every call gets.
    """

    daemon_threads = True

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.now, self.lock = now, threading.Lock()
        self.projects: dict[str, Cloud] = {}
        self.mistakes: list[str] = []
        self.callers: list[str] = []
        self.broken: tuple[int, str] | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def cloud(self, project: str = PROJECT) -> Cloud:
        if project not in self.projects:
            self.projects[project] = Cloud(self.now, project)
        return self.projects[project]

    def answer(self, verb: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        try:
            return 200, self._acted(verb, path, query, body)
        except CallError as error:
            told = {"message": error.message, "domain": "global", "reason": error.reason}
            return error.status, {
                "error": {"code": error.status, "message": error.message, "errors": [told]}
            }
        except UnknownCallError as error:
            self.mistakes.append(str(error))
            return 400, {"error": {"code": 400, "message": str(error), "errors": []}}

    def _acted(self, verb: str, path: str, query: dict[str, str], body: Any) -> Any:
        method = described(verb, path, query, body)
        if self.broken:
            raise CallError(*self.broken)
        cloud = self.cloud(method.names["project"])
        cloud.calls.append(method.id.removeprefix("compute."))
        cloud.on_call(method.id.removeprefix("compute."))
        found = ACTIONS[method.id](cloud, method.names, query, body)
        check(method.told["response"]["$ref"], found, f"answer of {method.id}")
        return masked(found, query.get("fields", ""))


class _Handler(BaseHTTPRequestHandler):
    server: FakeCompute
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length).decode()
        split = urlsplit(self.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        with self.server.lock:
            self.server.callers.append(self.headers.get("Authorization", ""))
            status, found = self.server.answer(
                self.command, split.path, query, json.loads(text) if text else {}
            )
        answer = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - the same
    do_DELETE = do_GET  # noqa: N815 - the same

    def log_message(self, *_: object) -> None:
        pass
