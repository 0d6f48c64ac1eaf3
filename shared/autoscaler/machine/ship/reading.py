"""The journal of systemd, batch by batch, from where the last one ended."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence  # noqa: UP035 - Python 3.8

UNITS = (
    "cloud-final.service",  # the startup script, on EC2
    "google-startup-scripts.service",  # the same, on Compute Engine
    "clearml-autoscaler-guard.service",
    "clearml-agent@*.service",
)
MOST_LINES, MOST_BYTES, LONGEST = 1000, 500_000, 16_384  # half of what either cloud takes at once


class Line(NamedTuple):
    """`at`: microseconds since 1970."""

    at: int
    text: str


class Batch(NamedTuple):
    """`cursor`: where the last line ends; empty when there was none, not even a blank one."""

    lines: Sequence[Line]
    cursor: str


class Journal:
    """`path` keeps the cursor, so that another process goes on where this one ended."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next(self) -> Batch:
        """What was not read yet, oldest first. OSError when the journal cannot be read.

        Its next reading begins with the start of the computer then: the cursor may be too old.
        """
        command = ["journalctl", "--quiet", "--output=json", *(f"--unit={one}" for one in UNITS)]
        cursor = self._cursor()
        command.append(f"--after-cursor={cursor}" if cursor else "--boot")
        lines, size, last = [], 0, ""
        with subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            for raw in process.stdout or ():
                entry = json.loads(raw)
                line = _line(entry)
                last = entry["__CURSOR"]
                if line.text.strip():
                    lines.append(line)
                    size += len(line.text.encode())
                if len(lines) >= MOST_LINES or size >= MOST_BYTES:
                    process.kill()
                    break
        if process.returncode > 0:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()
            raise OSError(f"journalctl ended with exit code {process.returncode}")
        return Batch(lines, last)

    def keep(self, cursor: str) -> None:
        if cursor:
            draft = self._path.with_name("logs.new")
            draft.write_text(cursor)
            draft.replace(self._path)

    def _cursor(self) -> str:
        with contextlib.suppress(OSError):
            return self._path.read_text()
        return ""


def _line(entry: Mapping[str, Any]) -> Line:
    unit = str(entry.get("_SYSTEMD_UNIT") or entry.get("UNIT") or "")
    said = entry.get("MESSAGE") or ""
    if isinstance(said, list):  # bytes that are no UTF-8
        said = bytes(said).decode("utf-8", "replace")
    text = f"{unit.partition('.')[0]}: {said}" if said else ""
    return Line(int(entry["__REALTIME_TIMESTAMP"]), text[:LONGEST])
