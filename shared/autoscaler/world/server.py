"""The stand-in: the world behind a real HTTP server on loopback."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from autoscaler.world.api import Request, Response
from autoscaler.world.clearml import ClearML
from autoscaler.world.clearml.model import DEFAULT_WORKER_TIMEOUT, Clock, NewId
from autoscaler.world.face import Face, Reply
from autoscaler.world.server_log import ServerLog

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from autoscaler.world.clearml.users import Credentials

LOOPBACK = "127.0.0.1"


def wall_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a server's own clock, and the only one in world


def random_id() -> str:
    return secrets.token_hex(16)


class Watch:
    """Who is told of each request, on the thread that serves it, and may keep it waiting."""

    def arrives(self, request: Request) -> None:
        """It has no effect yet."""

    def answered(self, request: Request, response: Response) -> None:
        """It has had its effect; the answer stands, and has not left yet."""


class StandIn:
    """A running stand-in server, from `with` to the end of the block.

    Whoever changes `world` while clients are served holds `lock`; to look needs none.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        log_file: Path | None = None,
        credentials: Credentials | None = None,
        now: Clock = wall_clock,
        new_id: NewId = random_id,
        worker_timeout: timedelta = DEFAULT_WORKER_TIMEOUT,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch or Watch()
        self.world = ClearML(now=now, new_id=new_id, worker_timeout=worker_timeout)
        self.credentials = self.world.users.give_key(self.world.user, credentials)
        self.lock = threading.RLock()
        self._port = port
        self._log_file = log_file
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:  # closes what was opened if the port is taken
            file = self._log_file and opened.enter_context(self._log_file.open("a"))
            self.log = ServerLog(file or None)
            face = Face(self.world, self.log)
            self.faults = face.faults
            server = _Server((LOOPBACK, self._port), face, self.lock, self._watch)
            self.url = f"http://{LOOPBACK}:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            opened.callback(thread.join)
            opened.callback(server.close)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every answer under way, and for its log line
    request_queue_size = 256

    def __init__(
        self, address: tuple[str, int], face: Face, lock: threading.RLock, watch: Watch
    ) -> None:
        super().__init__(address, _Handler)
        self.face = face
        self.watch = watch
        self.lock = lock
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()

    def answer(self, request: Request) -> Reply:
        self.watch.arrives(request)
        with self.lock:
            reply = self.face.answer(request)
        self.watch.answered(request, reply.response)
        return reply

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up whenever it likes: that is worth no word."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop serving and hang up on every client that keeps its connection open."""
        self.closing.set()
        self.shutdown()
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit():
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the client died in the middle: nobody asked anything
            self.close_connection = True
            return
        request = Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            ip=self.client_address[0],
        )
        self._send(self.server.answer(request))

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the same

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
        """The server log says it all; stderr stays silent."""

    def _send(self, reply: Reply) -> None:
        fault, response = reply.fault, reply.response
        if fault.delay:
            self.server.closing.wait(fault.delay)
        if fault.drop:
            self.close_connection = True
            return
        sent = response.body[: len(response.body) // 2] if fault.truncate else response.body
        promised = response.body if fault.truncate == "length" else sent
        self.close_connection = self.close_connection or fault.truncate == "length"
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(promised)))
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()
