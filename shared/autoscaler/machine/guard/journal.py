"""What the guard leaves behind for people and for whoever lists machines."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from pathlib import Path
from time import gmtime, strftime

LOG_LIMIT = 16 << 20


def say(event: str, **fields: object) -> None:
    """One line: time, "guard", event, fields. Never a secret."""
    words = [strftime("%Y-%m-%dT%H:%M:%SZ", gmtime()), "guard", event]
    words += [f"{name}={json.dumps(value, default=str)}" for name, value in fields.items()]
    with contextlib.suppress(OSError):  # a full disk ends nobody's work
        sys.stdout.write(" ".join(words) + "\n")
        sys.stdout.flush()


def mark_ended(path: Path, reason: str) -> None:
    """Say when and why the machine ended. Whoever comes first is right about the reason."""
    at = strftime("%Y-%m-%dT%H:%M:%S+00:00", gmtime())
    draft = path.with_name(f"ended.{os.getpid()}")
    draft.write_text(json.dumps({"at": at, "reason": reason}))
    with contextlib.suppress(FileExistsError):
        os.link(str(draft), str(path))
    draft.unlink()


def trim_log() -> None:
    """Keep the log of a long life in bounds. One that is no file is somebody else's."""
    found = os.fstat(1)
    if stat.S_ISREG(found.st_mode) and found.st_size > LOG_LIMIT:
        os.ftruncate(1, 0)
        say("log-truncated", bytes=found.st_size)
