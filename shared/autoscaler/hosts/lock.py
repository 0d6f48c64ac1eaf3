"""Who may scale: one process for a table, and one for a deployment in its workdir."""

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from autoscaler.config import Config
from autoscaler.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class _Place:
    """A lock file; `field` and `value` are what the operator wrote, `taken` says what to do."""

    field: str
    value: Path
    path: Path
    taken: str

    def problem(self, remedy: str) -> ConfigError:
        return ConfigError(Problem(self.field, str(self.value), remedy))


class UpLock:
    """Held while a deployment is scaled; the system lets go of it when the process ends.

    Two files: whoever names another table, or removes the table and its lock, still meets the
    one in the folder of the machines.
    """

    def __init__(self, config: Config) -> None:
        workdir = config.workdir.expanduser().resolve()
        self._table = _Place(
            "state",
            config.state,
            Path(f"{config.state}.lock"),
            "`autoscaler up` runs on it already",
        )
        self._machines = _Place(
            "workdir",
            config.workdir,
            workdir / f".up-{config.name}.lock",
            f"`autoscaler up` of deployment {config.name} runs there already, with another table "
            "or one that was removed: stop that one first, or name another workdir",
        )
        self._held = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """ConfigError when another process holds it. Whoever has it may take it again inside."""
        if self._held:
            yield
            return
        with ExitStack() as held:
            for place in (self._table, self._machines):
                held.enter_context(_locked(place))
            self._held = True
            try:
                yield
            finally:
                self._held = False

    def check_may_begin(self) -> None:
        """ConfigError when there is no table and somebody scales: a new one would be a second."""
        if self._held or self._table.value.exists():
            return
        for place in (self._table, self._machines):
            who = _holder(place.path)
            if who is not None:
                raise place.problem(f"{place.taken} ({who})")


@contextmanager
def _locked(place: _Place) -> Iterator[None]:
    try:
        place.path.parent.mkdir(parents=True, exist_ok=True)
        file = place.path.open("a+", encoding="utf-8")
    except OSError as error:
        remedy = f"{error.strerror} ({place.path}): name a place that this user may write to"
        raise place.problem(remedy) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise place.problem(f"{place.taken} ({file.read().strip()})") from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}\n")
        file.flush()
        yield


def _holder(path: Path) -> str | None:
    """Who holds the lock, in its own words; None when nobody does. Makes no file."""
    with suppress(FileNotFoundError, NotADirectoryError), path.open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return file.read().strip()
    return None
