"""What boot tells: a line for each phase on the console, and all of them in FOLDER/phases.json."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from time import gmtime, monotonic, strftime  # noqa: TID251 - this runs on the machine
from typing import Any, Callable, Iterator  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.files import write_private

SHORT = 4  # what is shorter would black out half of the text, and is no secret


class BootError(Exception):
    """Why the machine cannot become a worker, in words for a person; never a secret."""


class Journal:
    """Hides the secrets that it was told in everything that it says.

    `tell` is given all phases so far, as JSON, whenever one is over.
    """

    def __init__(self, folder: Path, tell: Callable[[str], object]) -> None:
        self._path = folder / "phases.json"
        self._phases: list[dict[str, Any]] = []
        self._hidden: set[str] = set()
        self._tell = tell
        self.current = ""  # the phase that is under way, or the last one

    def hide(self, secret: str) -> None:
        """Also its lines: a key is printed line by line."""
        self._hidden |= {one for one in (secret, *secret.splitlines()) if len(one) >= SHORT}

    def redacted(self, text: str) -> str:
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, "********")
        return text

    def say(self, event: str, **fields: object) -> None:
        """One line: time, "boot", event, fields."""
        words = [
            f"{name}={json.dumps(self.redacted(value) if isinstance(value, str) else value)}"
            for name, value in fields.items()
        ]
        self.echo(" ".join([_now(), "boot", event, *words]))

    def echo(self, line: str) -> None:
        """Somebody else's line, on the console too."""
        with contextlib.suppress(OSError):
            sys.stdout.buffer.write(self.redacted(line).encode("utf-8", "replace") + b"\n")
            sys.stdout.buffer.flush()

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[dict[str, object]]:
        """Told when it is over; what is put into the answer is told with it."""
        fields: dict[str, object] = {}
        self.current, began = name, monotonic()
        yield fields
        self.mark(name, _now(), seconds=round(monotonic() - began, 2), **fields)

    def mark(self, name: str, at: str, **fields: object) -> None:
        self.current = name
        self._note({"phase": name, "at": at, **fields})
        self.say("phase", name=name, **({} if "seconds" in fields else {"at": at}), **fields)

    def failed(self, reason: str) -> None:
        self._note({"phase": self.current, "at": _now(), "failed": self.redacted(reason)})
        self.say("boot-failed", phase=self.current, reason=reason)

    def _note(self, entry: dict[str, Any]) -> None:
        self._phases.append(entry)
        told = json.dumps(self._phases, indent=1)
        with contextlib.suppress(OSError):  # a full disk is told by what needs it
            write_private(self._path, told)
        self._tell(told)


def _now() -> str:
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
