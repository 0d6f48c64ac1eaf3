"""The agents' login: from the environment and, over it, from FOLDER/login.json."""

from __future__ import annotations

import contextlib
import importlib
import json
from pathlib import Path
from time import monotonic  # noqa: TID251 - this runs on the machine
from typing import Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.journal import say

SECRETS = "autoscaler.machine.boot.secrets"
PATIENCE = 60.0  # a login that stays refused is not fetched again with every call


class Login:
    """`renewals` counts how often it has become another one."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self._read = self._file()
        self._again_at = 0.0
        self.renewals = 0

    @property
    def environment(self) -> dict[str, str]:
        return {**self._environ, **self._read}

    def renew(self) -> Mapping[str, str] | None:
        """Fetch the secrets once more; the environment now, or None when it is the same."""
        if monotonic() < self._again_at:
            return None
        self._again_at = monotonic() + PATIENCE
        _refresh(self._folder)
        read = self._file()
        if read == self._read:
            say("login-refused", remedy="give the agents' secret a login that ClearML accepts")
            return None
        self._read = read
        self.renewals += 1
        say("login-renewed")
        return self.environment

    def _file(self) -> dict[str, str]:
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, str] = json.loads((self._folder / "login.json").read_text())
            return found
        return {}


def _refresh(folder: Path) -> None:
    """Only a machine that started from a startup script knows where its secrets are kept."""
    if not (folder / "startup.json").exists():
        return
    try:
        importlib.import_module(SECRETS).refresh(folder)
    except Exception as error:  # noqa: BLE001 - whatever it is: the guard goes on guarding
        say("secrets-unreachable", error=type(error).__name__)
