"""Where drain orders come from: one class per kind of machine, each with `nonce`."""

from __future__ import annotations

import contextlib
from pathlib import Path


class FileOrders:
    """A file in the machine's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "drain"

    def nonce(self) -> str:
        """The standing order; empty when there is none."""
        with contextlib.suppress(OSError):
            return self._path.read_text().strip()
        return ""
