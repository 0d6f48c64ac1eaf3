"""Google's functions on this computer: their own server, as a process of each function.

One `Served` is one instance of one function. What is not here: instances that come and go, limits
of CPU and memory, and Cloud Run's question who calls.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, Self

import psutil

ROOT: Final = Path(__file__).parents[2]
MAIN: Final = ROOT / "functions" / "gcp" / "main.py"
FUNCTIONS: Final = ("poller", "launcher", "reaper", "watcher")

# As the command functions-framework does it, but on a socket that nobody else can take.
_START = """
from functions_framework import create_app
from functions_framework._http import create_server
create_server(create_app(), False, bind="fd://{socket}").run("127.0.0.1", 0)
"""
_NOBODYS = "/robots.txt"  # the server answers this itself
_PATIENCE = 120


class Served:
    """`name` is a function of `source`. Its process ends with the block; `log` keeps its words.

    `python`: another one than this, which finds its libraries by the environment.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        folder: Path,
        source: Path = MAIN,
        *,
        python: str = "",
    ) -> None:
        self.name = name
        self._python = python or sys.executable
        self._environment, self._source = environment, source
        self._log = folder / f"{name}.log"
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Raises RuntimeError with what it said, when it does not come up."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self._port = listening.getsockname()[1]
            self._process = self._started(listening.fileno())
        try:
            self._ask("GET", _NOBODYS)  # it waits in the queue of the socket until somebody is up
        except (OSError, HTTPException) as error:
            self.__exit__()
            raise RuntimeError(f"{self.name} did not start:\n{self.log}") from error
        return self

    def __exit__(self, *_: object) -> None:
        """Its server has a process below it, which goes with it."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The lines of its log that Cloud Logging would read as entries."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @property
    def cpu(self) -> float:
        """Seconds of the CPU that it has used: the server, and the process below it."""
        assert self._process
        first = psutil.Process(self._process.pid)
        times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    @property
    def memory(self) -> float:
        """MB that both of its processes use, what they share counted once (proportional sets)."""
        assert self._process
        first = psutil.Process(self._process.pid)
        both = (first, *first.children(recursive=True))
        return sum(one.memory_full_info().pss for one in both) / 1e6

    def post(self, body: object) -> int:
        """The status of its answer."""
        return self._ask("POST", "/", json.dumps(body))

    def _ask(self, method: str, path: str, body: str | None = None) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        headers = {"Content-Type": "application/json", "Authorization": "Bearer a.token.of-google"}
        try:
            connection.request(method, path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def _started(self, socket: int) -> subprocess.Popen[bytes]:
        runtime = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "FUNCTION_TARGET": self.name,
            "FUNCTION_SOURCE": str(self._source),
            "FUNCTION_SIGNATURE_TYPE": "http",
            "PORT": str(self._port),
            "K_SERVICE": self.name,
            "THREADS": "4",
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own arguments
                [self._python, "-P", "-c", _START.format(socket=socket)],
                env={**runtime, **self._environment},
                cwd=self._source.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(socket,),
            )
