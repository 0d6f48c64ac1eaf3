"""What a guard leaves to the next one of the same machine, should it die."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Memory:
    """FOLDER/memory: a few values, good until the computer starts anew, as its steady clock is.

    Without `lasts` nothing is written: where all agents die with their guard, nobody comes after.
    """

    def __init__(self, folder: Path, *, lasts: bool) -> None:
        self._path, self._lasts = folder / "memory", lasts
        self._known: dict[str, Any] = {"boot": _boot()}
        with contextlib.suppress(OSError, ValueError, KeyError):
            found = json.loads(self._path.read_text())
            if lasts and found["boot"] == self._known["boot"]:
                self._known = found

    def get(self, name: str, otherwise: Any) -> Any:
        return self._known.get(name, otherwise)

    def keep(self, **values: Any) -> None:
        """Raises OSError when it cannot be written."""
        changed = {name: one for name, one in values.items() if self._known.get(name) != one}
        if not (changed and self._lasts):
            return
        self._known.update(changed)
        draft = self._path.with_name("memory.new")
        draft.write_text(json.dumps(self._known))
        draft.replace(self._path)


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:  # no Linux, and no systemd either
        return ""
