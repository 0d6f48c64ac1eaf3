"""The state table of a run in a real store: the real adapter, whose every request takes time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

from greenlet import getcurrent

from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.ports import State
from autoscaler.world.cloud.nature import Chance
from tests.faults.functions import Run
from tests.faults.hub import Hub
from tests.faults.ledger import Watch

_TAKES = (0.001, 0.02)
_SILENT = 0.002


class StoredLedger(ABC):
    """Between two requests of one call anything may happen, so `live` may see a torn table.

    Some requests are not answered: half of those were carried out.
    """

    READS: ClassVar[Collection[str]]
    WRITES: ClassVar[Collection[str]]

    def __init__(self, address: str, hub: Hub, chance: Chance, limit: int) -> None:
        self._address = address
        self._hub = hub
        self._limit = limit
        self._told: dict[object, tuple[Sequence[Row], Sequence[Row]]] = {}
        self.chance = chance
        self.committed: Watch = lambda _put, _remove: None
        self.lose()

    @abstractmethod
    def opened(self, address: str, limit: int) -> State:
        """A new table, through what `slow` makes of a client; its pauses are `passes`."""

    @abstractmethod
    def unanswered(self, *, sent: bool) -> Exception:
        """What the SDK raises when nobody answers: whether the request was `sent` or not."""

    def slow(self, client: object) -> Any:
        """A client whose requests take time."""
        return _Slow(client, [*self.READS, *self.WRITES], self._sent)

    def lose(self) -> None:
        """The table is a new one, at once."""
        self._state = self.opened(self._address, self._limit)

    @property
    def limit(self) -> int:
        return self._state.limit

    def live(self) -> Sequence[Row]:
        return self._state.live()

    def read(self, ref: Ref) -> Row | None:
        return self._state.read(ref)

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        run = getcurrent()
        self._told[run] = (put, remove)
        try:
            self._state.commit(put=put, remove=remove, record=record)
        finally:
            del self._told[run]

    def history(self, **wanted: Any) -> Sequence[Past]:
        return self._state.history(**wanted)

    def passes(self, seconds: float) -> None:
        if _at_work():
            self._hub.sleep(seconds)

    def _sent(self, name: str, send: Callable[[], Any]) -> Any:
        self.passes(self.chance.random.uniform(*_TAKES))
        silent = _at_work() and self.chance(_SILENT)
        if silent and self.chance.random.random() < 1 / 2:
            raise self.unanswered(sent=False)
        answer = send()
        if name in self.WRITES:
            self.committed(*self._told[getcurrent()])
        if silent:
            raise self.unanswered(sent=True)
        return answer


class _Slow:
    """A client whose requests go through `sent`."""

    def __init__(
        self,
        client: object,
        names: Collection[str],
        sent: Callable[[str, Callable[[], Any]], Any],
    ) -> None:
        self._client = client
        self._names = names
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._names:
            return found
        return lambda **wanted: self._sent(name, lambda: found(**wanted))


def _at_work() -> bool:
    """A function asks, and not somebody who looks on."""
    run = getcurrent()
    return isinstance(run, Run) and not run.ended
