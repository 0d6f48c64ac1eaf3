"""A function's process, seen from outside: what its import and its invocations take."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.aws.sides import ROOT
from tests.real.aws import CREDENTIALS

_SCRIPT = Path(__file__).with_name("process.py")


@dataclass(frozen=True)
class Cost:
    """Of an import or an invocation: seconds of CPU and in all, `waited` not among them.

    `peak`: MB, since the process began. `units`: read and written. `log`: bytes.
    """

    cpu: float
    seconds: float
    peak: float
    answer: Any = None
    waited: float = 0.0
    calls: Mapping[str, int] = field(default_factory=dict)
    units: Sequence[int] = (0, 0)
    log: int = 0


class Process:
    """`cold`: what its import took. `meanwhile` is called while a handler waits, and says when."""

    def __init__(
        self, python: str, module: str, log: Path, environment: Mapping[str, str]
    ) -> None:
        self._log = log
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            [python, "-P", str(_SCRIPT), module, str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONDONTWRITEBYTECODE": "1",
                **CREDENTIALS,
                **environment,
            },
            text=True,
            bufsize=1,
        )
        self.cold = self._cost()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def invoke(
        self, event: object, now: datetime, meanwhile: Callable[[float], datetime] | None = None
    ) -> Cost:
        before = self._log.stat().st_size
        self._say({"event": event, "now": now.isoformat()})
        said = self._heard()
        while "waits" in said:
            assert meanwhile, "nobody expected this function to wait"
            self._say({"now": meanwhile(said["waits"]).isoformat()})
            said = self._heard()
        return Cost(**said, log=self._log.stat().st_size - before)

    def _cost(self) -> Cost:
        return Cost(**self._heard())

    def _say(self, what: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"it ended: {self._log.read_text()[-3000:]}"
        found: dict[str, Any] = json.loads(line)
        return found
