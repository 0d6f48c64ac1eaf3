"""The configuration in a state table: compared, written, read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from autoscaler.adapters.local.system import SystemClock, UlidIds
from autoscaler.config import load, parse, render
from autoscaler.config.stored import SOURCE, Change, change, joined, read
from autoscaler.core.ledger import Event
from autoscaler.errors import ConfigError, Problem, StaleWriteError
from autoscaler.hosts.tables import open_table


def normal(file: Path) -> str:
    """The file in its normal form: checked, and without the folder that it is in."""
    load(file)
    return render(parse(file.read_text(encoding="utf-8-sig"), str(file)))


class Pushed(NamedTuple):
    """The keys of the rows that were written and removed."""

    written: Sequence[str]
    removed: Sequence[str]


class Stored:
    """The configuration that a table holds. `name` is the table's; empty: as `file` names it."""

    def __init__(self, name: str, file: Path, *, readonly: bool) -> None:
        self._state = open_table(name or str(load(file).state), readonly=readonly)
        self._clock = SystemClock()
        self._ids = UlidIds(self._clock)

    @property
    def text(self) -> str:
        """ConfigError when the table holds none, or a row is no YAML."""
        return joined(read(self._state.read))

    def diff(self, file: Path) -> list[str]:
        """What a push of the file would change, as a unified diff; empty: nothing."""
        rows = read(self._state.read)
        before = joined(rows).splitlines() if rows else []
        after = normal(file).splitlines()
        return list(unified_diff(before, after, SOURCE, str(file), lineterm=""))

    def push(self, file: Path, *, by: str, reason: str) -> Pushed:
        """Hold what the file says, all of it or nothing.

        ConfigError when the file has mistakes, or somebody else pushes at the same time.
        """
        now = self._clock.now()
        wanted = change(normal(file), read(self._state.read), by=by, at=now)
        pushed = Pushed([r.key for r in wanted.put], [r.key for r in wanted.remove])
        if any(pushed):
            self._commit(wanted, self._event(pushed, by, reason, now))
        return pushed

    def _commit(self, wanted: Change, event: Event) -> None:
        rows = len(wanted.put) + len(wanted.remove)
        if rows >= self._state.limit:
            remedy = f"a table takes less than {self._state.limit} at once: change fewer"
            raise ConfigError(Problem("autoscalers", f"{rows} changed", remedy))
        try:
            self._state.commit(put=wanted.put, remove=wanted.remove, record=[event])
        except StaleWriteError as error:
            remedy = "somebody changed it meanwhile: look at `autoscaler config diff`, push again"
            raise ConfigError(Problem(SOURCE, "", remedy)) from error

    def _event(self, pushed: Pushed, by: str, reason: str, now: datetime) -> Event:
        return Event(
            key=f"{now.isoformat()}#config#{self._ids.new()}",
            at=now,
            autoscaler="*",
            subject="config",
            event=", ".join(_words(pushed)),
            reason=reason,
            by=by,
        )


def _words(pushed: Pushed) -> Iterator[str]:
    yield from (f"wrote {key}" for key in pushed.written)
    yield from (f"removed {key}" for key in pushed.removed)
