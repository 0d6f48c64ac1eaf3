"""The state table, for commands that need neither secrets nor a ClearML server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.adapters.local.system import SystemClock
from autoscaler.config import Config, load
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Row


@dataclass(frozen=True, slots=True)
class Table:
    """The table of one deployment, to read only."""

    config: Config
    deployment: Deployment
    state: SqliteState
    clock: SystemClock

    def rows(self) -> Sequence[Row]:
        return self.state.live()

    def now(self) -> datetime:
        return self.clock.now()


def open_table(config: Path) -> Table:
    """ConfigError when the configuration is wrong, or nothing has run yet."""
    loaded = load(config)
    state = SqliteState(loaded.state, readonly=True)
    return Table(loaded, loaded.deployment(), state, SystemClock())
