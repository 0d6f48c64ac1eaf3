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
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, Self

import psutil

ROOT: Final = Path(__file__).parents[2]
MAIN: Final = ROOT / "functions" / "gcp" / "main.py"
FUNCTIONS: Final = ("poller", "launcher", "reaper", "watcher")

_START = "from functions_framework._cli import _cli; _cli()"
_SERVER = Path(sys.executable).with_name("functions-framework")
_TRIES, _BETWEEN = 1200, 0.05


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
        self._command = [python, "-P", "-c", _START] if python else [str(_SERVER)]
        self._environment, self._source = environment, source
        self._log = folder / f"{name}.log"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Raises RuntimeError with what it said, when it does not come up."""
        self._process = self._started()
        for _ in range(_TRIES):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return self
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_BETWEEN)
                break
        self.__exit__()
        raise RuntimeError(f"{self.name} did not start:\n{self.log}")

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

    def post(self, body: object, *, patience: float = 120) -> int:
        """The status of its answer."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=patience)
        headers = {"Content-Type": "application/json", "Authorization": "Bearer a.token.of-google"}
        try:
            connection.request("POST", "/", json.dumps(body), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def _started(self) -> subprocess.Popen[bytes]:
        runtime = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "FUNCTION_TARGET": self.name,
            "FUNCTION_SOURCE": str(self._source),
            "FUNCTION_SIGNATURE_TYPE": "http",
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "K_SERVICE": self.name,
            "THREADS": "4",
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own arguments
                self._command,
                env={**runtime, **self._environment},
                cwd=self._source.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
