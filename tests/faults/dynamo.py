"""The state table of a run in DynamoDB Local: the real adapter, whose every request takes time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from greenlet import getcurrent

from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.world.cloud.nature import Chance
from tests.faults.functions import Run
from tests.faults.hub import Hub
from tests.faults.ledger import Watch
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import connect, make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TAKES = (0.001, 0.02)
_SILENT = 0.002
_WRITES = ("put_item", "delete_item", "transact_write_items")
_READS = ("get_item", "query")


class DynamoLedger:
    """Between two requests of one call anything may happen, so `live` may see a torn table.

    Some requests are not answered: half of those were carried out.
    """

    def __init__(self, address: str, hub: Hub, chance: Chance, limit: int) -> None:
        self._hub = hub
        self._chance = chance
        self._limit = min(limit, LIMIT)
        self._client = connect(address)
        self._told: dict[object, tuple[Sequence[Row], Sequence[Row]]] = {}
        self._slow: Any = _Slow(self._client, self._sent)
        self.committed: Watch = lambda _put, _remove: None
        self.lose()

    def lose(self) -> None:
        """The table is a new one, at once."""
        name = make_table(self._client)
        self._state = DynamoState(self._slow, name, limit=self._limit, pause=self._pass)

    @property
    def limit(self) -> int:
        return self._limit

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

    def _sent(self, name: str, send: Callable[[], Any]) -> Any:
        self._pass(self._chance.random.uniform(*_TAKES))
        silent = _at_work() and self._chance(_SILENT)
        if silent and self._chance.random.random() < 1 / 2:
            raise ConnectTimeoutError(endpoint_url="DynamoDB")
        answer = send()
        if name in _WRITES:
            self.committed(*self._told[getcurrent()])
        if silent:
            raise ReadTimeoutError(endpoint_url="DynamoDB")
        return answer

    def _pass(self, seconds: float) -> None:
        if _at_work():
            self._hub.sleep(seconds)


class _Slow:
    """A client whose requests go through `sent`."""

    def __init__(
        self, client: DynamoDBClient, sent: Callable[[str, Callable[[], Any]], Any]
    ) -> None:
        self._client = client
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in (*_WRITES, *_READS):
            return found
        return lambda **wanted: self._sent(name, lambda: found(**wanted))


def _at_work() -> bool:
    """A function asks, and not somebody who looks on."""
    run = getcurrent()
    return isinstance(run, Run) and not run.ended
