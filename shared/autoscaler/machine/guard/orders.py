"""Where orders and notices come from: one class per kind of machine."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple, Protocol

DRAIN_KEY = "clearml-autoscaler-drain"  # of an instance tag, and of a metadata attribute


class Notice(NamedTuple):
    """The cloud wants the machine back: by `until` (of the steady clock), or some time (None)."""

    reason: str
    until: float | None


class Orders(Protocol):
    """No answer waits for anything."""

    def start(self) -> None:
        """To be called once, after the last fork."""

    def nonce(self) -> str:
        """The standing drain order; empty when there is none."""

    def notice(self) -> Notice | None:
        """What the cloud announces; None again when it takes that back."""


class FileOrders:
    """A file in the machine's folder. Nobody takes such a machine back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "drain"

    def start(self) -> None:
        """Nothing to start: the file is read when it is asked for."""

    def nonce(self) -> str:
        with contextlib.suppress(OSError):
            return self._path.read_text().strip()
        return ""

    def notice(self) -> Notice | None:
        return None
