"""A little proxy: it forwards plain requests and opens tunnels, and notes both."""

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Gateway:
    url: str
    forwarded: list[str] = field(default_factory=list)
    tunnels: list[str] = field(default_factory=list)


@contextmanager
def proxying(target: str = "", login: str = "") -> Iterator[Gateway]:
    """Whatever host is asked for, the requests go to `target`."""
    host, port = urlsplit(target).hostname or "127.0.0.1", urlsplit(target).port or 9
    expected = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self._welcome():
                return
            gateway.forwarded.append(self.path)
            server = http.client.HTTPConnection(host, port, timeout=5)
            server.request("POST", urlsplit(self.path).path, body, dict(self.headers.items()))
            answer = server.getresponse()
            content = answer.read()
            server.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            if not self._welcome():
                return
            gateway.tunnels.append(self.path)
            self.close_connection = True
            with socket.create_connection((host, port), timeout=5) as server:
                self.send_response(200)
                self.end_headers()
                self.wfile.flush()
                back = threading.Thread(target=_pour, args=(server, self.connection), daemon=True)
                back.start()
                _pour(self.connection, server)
                back.join()

        def _welcome(self) -> bool:
            if expected in {None, self.headers.get("Proxy-Authorization")}:
                return True
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
            """Keep stderr silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    gateway = Gateway(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
