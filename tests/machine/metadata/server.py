"""The metadata service of one machine: HTTP on loopback, from `start` to `stop`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

LOOPBACK = "127.0.0.1"


class Asked(NamedTuple):
    """`hops`: how many the answer has to go, 1 on the machine itself and 2 into a container."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    hops: int


class Answer(NamedTuple):
    """Status 0 is none at all: the caller waits until its patience is over."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = {}


class MetadataServer:
    """`url` is how programs on the machine reach it, `container_url` how those in containers do.

    `break_down` makes it fail until `recover`: with a status, or by answering nobody (0).
    `asked` are all requests so far.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._broken: int | None = None
        self._servers: list[_Server] = []
        self._changed = threading.Condition()
        self.closing = threading.Event()

    def start(self) -> Self:
        self._servers = [_Server(self, hops) for hops in (1, 2)]
        return self

    def stop(self) -> None:
        self.closing.set()
        with self._changed:
            self._changed.notify_all()
        for server in self._servers:
            server.stop()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self._servers[0].url

    @property
    def container_url(self) -> str:
        return self._servers[1].url

    def break_down(self, status: int = 0) -> None:
        self._broken = status

    def recover(self) -> None:
        self._broken = None

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return Answer(self._broken) if self._broken is not None else self.reply(asked)

    def reply(self, asked: Asked) -> Answer:
        """What a service that works says."""
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: MetadataServer, hops: int) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.service, self.hops = service, hops
        self.url = f"http://{LOOPBACK}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who loses patience hangs up: that is worth no word."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        service = self.server.service
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        answer = service.answer(Asked(self.command, split.path, query, headers, self.server.hops))
        if not answer.status:
            service.closing.wait(60)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.text.encode())))
        self.end_headers()
        self.wfile.write(answer.text.encode())

    do_PUT = do_GET  # noqa: N815 - the same

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
        """`asked` says it all."""
