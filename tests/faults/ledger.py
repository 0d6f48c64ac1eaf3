"""The state table of a run: the memory adapter, watched, and slow to show what it holds."""

from collections.abc import Callable, Sequence
from typing import Protocol

from greenlet import getcurrent

from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.ports import State
from autoscaler.world.cloud.nature import Chance
from tests.faults.functions import Run
from tests.faults.hub import Hub

_PARTLY = 0.02
_SHOWING = (0.05, 1.5)
Watch = Callable[[Sequence[Row], Sequence[Row]], object]


class Ledger(State, Protocol):
    """`committed` hears each commit at the instant of its effect, before anything else can happen.

    `lose` empties the table, at once.
    """

    committed: Watch

    def lose(self) -> None: ...


class MemoryLedger(MemoryState):
    """Some commits show row after row to whoever reads the live set meanwhile."""

    def __init__(self, hub: Hub, chance: Chance, limit: int) -> None:
        super().__init__(limit=limit, between=self._between)
        self._hub = hub
        self._chance = chance
        self._told: tuple[Sequence[Row], Sequence[Row]] | None = None
        self._slow: set[object] = set()
        self.committed: Watch = lambda _put, _remove: None

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        run = getcurrent()
        slow = isinstance(run, Run) and len(put) + len(remove) > 1 and self._chance(_PARTLY)
        self._told = (put, remove)
        if slow:
            self._slow.add(run)
        try:
            super().commit(put=put, remove=remove, record=record)
        finally:
            self._told = None
            self._slow.discard(run)

    def _between(self, _: Ref) -> None:
        if self._told:
            told, self._told = self._told, None
            self.committed(*told)
        if self._slow and getcurrent() in self._slow:
            self._hub.sleep(self._chance.random.uniform(*_SHOWING))

    def lose(self) -> None:
        self._rows.clear()
        self._hidden.clear()
