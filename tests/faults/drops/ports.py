"""Ports that forget a rule on the way."""

from collections.abc import Sequence
from typing import Any

from greenlet import getcurrent

from autoscaler.core.ledger import Fence, Launch, Past, Row
from autoscaler.core.seen import Machine
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Ambiguous, Answer, Message, Order, Refused
from autoscaler.world.cloud import Region


class Through:
    """Everything else goes to the real port."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class WithoutTokens(Through):
    """A cloud that is given no token starts what it is asked for, each time."""

    _port: Region

    def launch(self, order: Order, request: str) -> Answer:
        self._port.forget_tokens()
        return self._port.launch(order, request)


class SilenceIsFailure(Through):
    _port: Region

    def launch(self, order: Order, request: str) -> Answer:
        answer = self._port.launch(order, request)
        return Refused(code="Timeout") if isinstance(answer, Ambiguous) else answer


class RefusalIsDefinite(Through):
    """The operator's refusal of a replay is taken for an answer to the call that it repeats."""

    _port: Region

    def launch(self, order: Order, request: str) -> Answer:
        answer = self._port.launch(order, request)
        return Refused(code=answer.code) if isinstance(answer, Refused) else answer


class UnreadableIsEmpty(Through):
    _port: Region

    def machines(self) -> Sequence[Machine]:
        try:
            return self._port.machines()
        except UnavailableError:
            return ()


class Unfenced(Through):
    """Whoever writes the fence writes it over whatever stands there."""

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        self._port.commit(put=[self._fresh(row) for row in put], remove=remove, record=record)

    def _fresh(self, row: Row) -> Row:
        found = self._port.read(row.ref) if isinstance(row, Fence) else None
        return row.model_copy(update={"revision": found.revision}) if found else row


class WithoutManifest(Through):
    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        rows = [
            row.model_copy(update={"manifest": ()}) if isinstance(row, Fence) else row
            for row in put
        ]
        self._port.commit(put=rows, remove=remove, record=record)


class WrittenBehind(Through):
    """What stands before a call of the cloud is written with its answer, by whoever lives then."""

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self._held: dict[object, tuple[Sequence[Row], Sequence[Past]]] = {}

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        self._write_held()
        if any(isinstance(row, Launch) and row.claim_until and row.unsettled for row in put):
            self._held[getcurrent()] = (put, record)
            return
        self._port.commit(put=put, remove=remove, record=record)

    def read(self, ref: Any) -> Row | None:
        self._write_held()
        found: Row | None = self._port.read(ref)
        return found

    def _write_held(self) -> None:
        put, record = self._held.pop(getcurrent(), ((), ()))
        if put:
            try:
                self._port.commit(put=put, record=record)
            except StaleWriteError:
                return


class SaidOnce(Through):
    """No pointer is ever announced again."""

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self._said: set[tuple[str, str]] = set()

    def publish(self, messages: Sequence[Message]) -> None:
        new = [m for m in messages if m.kind == "poke" or (m.kind, m.id) not in self._said]
        self._port.publish(new)
        self._said |= {(m.kind, m.id) for m in new}
