"""The configuration in a state table: compared, written, read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from autoscaler.adapters.local.system import SystemClock, UlidIds
from autoscaler.cli.options import Place
from autoscaler.cli.where import Site, only_here, site_of
from autoscaler.config import Config, load, parse, render
from autoscaler.config.document import compose
from autoscaler.config.stored import SOURCE, Change, change, joined, read
from autoscaler.core.ledger import Event
from autoscaler.errors import ConfigError, Problem, StaleWriteError
from autoscaler.ports import State


def normal(file: Path) -> str:
    """The file in its normal form: checked, and without the folder that it is in."""
    load(file)
    return render(parse(file.read_text(encoding="utf-8-sig"), str(file)))


class Pushed(NamedTuple):
    """The keys of the rows that were written and removed."""

    written: Sequence[str]
    removed: Sequence[str]


def stored(
    config: Path, host: Place, stage: str, project: str, table: str, *, readonly: bool
) -> "Stored":
    """Of a deployment in a cloud, or of this computer: in the file `table`, else as `config` says.

    ConfigError when there is none.
    """
    if host is not Place.LOCAL:
        if table:
            remedy = f"is a file here: leave it out with --host {host}"
            raise ConfigError(Problem("--table", table, remedy))
        site = site_of(config, host, stage, project)
        return Stored(site.state, site)
    only_here(stage)
    from autoscaler.adapters.local.sqlite import SqliteState

    return Stored(SqliteState(Path(table) if table else load(config).state, readonly=readonly))


def checked_for(site: Site, file: Path) -> Config:
    """The configuration in the file; ConfigError when that deployment cannot use it."""
    config = load(file)
    document = compose(file.read_text(encoding="utf-8-sig")).data
    if problems := list(site.refuses(config, document)):
        raise ConfigError(*problems)
    return config


class Stored:
    """The configuration that a table holds; `site` is its deployment, if it is one's."""

    def __init__(self, state: State, site: Site | None = None) -> None:
        self._state, self._site = state, site
        self._clock = SystemClock()
        self._ids = UlidIds(self._clock)

    @property
    def counts(self) -> bool:
        """Whether what it holds is what is gone by."""
        return self._site is None or self._site.reads_table

    @property
    def to_count(self) -> str:
        """How its deployment has to be made so that it counts."""
        return self._site.to_read_table if self._site else ""

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

        ConfigError when the file has mistakes, its deployment cannot use it without being
        deployed anew, or somebody else pushes at the same time.
        """
        if self._site:
            checked_for(self._site, file)
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
