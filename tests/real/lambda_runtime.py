"""Lambda on this computer: AWS's own runtime client, as a process, behind a small Runtime API.

One `Function` is one execution environment: it starts cold, stays warm, and takes one event at a
time. What is not here: freezing between invocations, and limits of CPU and memory.
"""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parents[2]

_INVOCATION = re.compile(r"/2018-06-01/runtime/invocation/(?P<id>[^/]+)/(?P<what>response|error)")
_NEXT = "/2018-06-01/runtime/invocation/next"
_INIT_ERROR = "/2018-06-01/runtime/init/error"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation came to; `error` is the type of what was raised, or ""."""

    payload: Any
    error: str
    seconds: float


class Function:
    """`handler` as in a template: functions/aws/poller.handler. Its process ends with the block.

    `log` is all that it has written so far.
    """

    def __init__(
        self, handler: str, environment: Mapping[str, str], folder: Path, timeout: float = 30
    ) -> None:
        self._handler = handler
        self._environment = environment
        self._log = folder / f"{handler.replace('/', '.')}.log"
        self._timeout = timeout
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.function = self  # type: ignore[attr-defined]  # how a handler finds it
        self._process: subprocess.Popen[bytes] | None = None
        self.events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._server.shutdown()
        self._server.server_close()

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def invoke(self, event: Mapping[str, Any]) -> Answer:
        """Cold the first time, and after the process has died. AssertionError at the timeout."""
        began = time.perf_counter()
        if self._process is None or self._process.poll() is not None:
            self._process = self._started()
        self.events.put((f"request-{next(_NUMBERS)}", json.dumps(event).encode()))
        try:
            error, body = self.answers.get(timeout=self._timeout)
        except queue.Empty:
            raise AssertionError(f"{self._handler} did not answer:\n{self.log}") from None
        return Answer(json.loads(body or b"null"), error, time.perf_counter() - began)

    def _started(self) -> "subprocess.Popen[bytes]":
        port = self._server.server_address[1]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "TZ": ":UTC",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_LAMBDA_FUNCTION_NAME": self._handler.replace("/", "-").replace(".", "-"),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/local",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "LAMBDA_TASK_ROOT": str(ROOT),
            "_HANDLER": self._handler,
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own arguments
                [sys.executable, "-m", "awslambdaric", self._handler],
                env={**environment, **self._environment},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer waits forty milliseconds for nothing
    wbufsize = -1

    @property
    def _function(self) -> Function:
        found: Function = self.server.function  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        assert self.path == _NEXT, self.path
        id, body = self._function.events.get()
        deadline = int((time.time() + 60) * 1000)
        self._send(
            200,
            body,
            {
                "Lambda-Runtime-Aws-Request-Id": id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:local",
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        body = self._body()
        self._send(202, b'{"status":"OK"}')
        found = _INVOCATION.fullmatch(self.path)
        if self.path == _INIT_ERROR or (found and found["what"] == "error"):
            kind = self.headers.get("Lambda-Runtime-Function-Error-Type") or "Unhandled"
            self._function.answers.put((kind, body))
        elif found:
            self._function.answers.put(("", body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the function's log is what counts."""
