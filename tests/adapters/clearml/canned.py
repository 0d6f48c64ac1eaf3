"""A little HTTP server whose answers a test writes out, and which remembers what it was asked."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "opaque-token"


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def endpoint(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def envelope(
    data: Mapping[str, Any] | None = None, status: int = 200, subcode: int = 0, message: str = "OK"
) -> Answer:
    meta = {"result_code": status, "result_subcode": subcode, "result_msg": message}
    body = json.dumps({"meta": meta, "data": data or {}}).encode()
    return Answer(status, body, {"Content-Type": "application/json"})


Script = Callable[[Asked], Answer]


@dataclass
class Canned:
    url: str
    asked: list[Asked] = field(default_factory=list)

    def endpoints(self) -> list[str]:
        return [asked.endpoint for asked in self.asked]


def logged_in(script: Script, token: str = TOKEN) -> Script:
    """Answer the login and the question for the version; leave the rest to the script."""
    answers = {
        "auth.login": envelope({"token": token}),
        "server.info": envelope({"api_version": "2.34"}),
    }
    return lambda asked: answers.get(asked.endpoint) or script(asked)


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Canned]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.path, dict(self.headers.items()), json.loads(raw or b"null"))
            canned.asked.append(asked)
            answer = script(asked)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
            """Keep stderr silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    canned = Canned(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield canned
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
