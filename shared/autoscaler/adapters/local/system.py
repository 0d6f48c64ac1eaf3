"""What the computer itself provides: the time, ids, secrets from its environment and files."""

import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import Clock

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class SystemClock:
    """The Clock port."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class UlidIds:
    """The Ids port: ULIDs (github.com/ulid/spec), each greater than the one before it.

    Threads may share it; a clock that is set back does not break the order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        fresh = milliseconds << 80 | int.from_bytes(os.urandom(10))
        with self._lock:
            self._last = max(fresh, self._last + 1)
            number = self._last
        return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


class EnvSecrets:
    """The Secrets port for `env:NAME` and `file:PATH` (without the newline at the file's end)."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    def resolve(self, reference: str) -> str:
        scheme, _, name = reference.partition(":")
        match scheme:
            case "env":
                return self._variable(name)
            case "file":
                return _text(name)
            case _:
                # Nothing is repeated: what is no reference may be the secret itself.
                raise _unresolved("", "write env:NAME or file:/path, never the secret itself")

    def _variable(self, name: str) -> str:
        found = self._environ.get(name, "")
        if not found:
            raise _unresolved(f"env:{name}", f"set the environment variable {name}")
        return found


def _text(name: str) -> str:
    reference = f"file:{name}"
    try:
        found = Path(name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError, RuntimeError) as error:
        remedy = f"name a text file that this user may read ({error})"
        raise _unresolved(reference, remedy) from error
    if not found:
        raise _unresolved(reference, "the file is empty: write the secret into it")
    return found


def _unresolved(reference: str, remedy: str) -> ConfigError:
    return ConfigError(Problem("secret", reference, remedy))
