"""The state table in memory."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import TypeAdapter

from autoscaler.core.ledger import BESIDE, BaseRow, Past, Ref, Row
from autoscaler.core.past import check_size, recorded_at
from autoscaler.core.past import subject as about
from autoscaler.errors import StaleWriteError

_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_PAST: TypeAdapter[Past] = TypeAdapter(Past)


class MemoryState:
    """The State port in a dictionary, which threads may use at the same time.

    `between`, when set, is called for each row of a commit that is decided but not yet wholly
    shown: meanwhile `live` still shows that row, and those after it, as they were; `read` shows
    them as committed. What it raises leaves the commit done, as a lost answer does.
    """

    def __init__(self, *, limit: int = 100, between: Callable[[Ref], None] | None = None) -> None:
        self.between = between
        self._limit = limit
        self._lock = threading.Lock()
        self._rows: dict[Ref, Row] = {}
        self._past: dict[Ref, Past] = {}
        self._hidden: dict[Ref, Row | None] = {}

    @property
    def limit(self) -> int:
        return self._limit

    def live(self) -> Sequence[Row]:
        with self._lock:
            shown = self._rows | self._hidden
        return [row for row in shown.values() if row is not None and row.kind not in BESIDE]

    def read(self, ref: Ref) -> Row | None:
        with self._lock:
            return self._rows.get(ref)

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        rows = [_ROW.validate_python(row) for row in put]
        past = [_PAST.validate_python(row) for row in record]
        touched = [row.ref for row in (*rows, *remove)]
        check_size(self._limit, [*rows, *remove], past)
        with self._lock:
            for row in rows:
                self._check_revision(row, absent=0)
            for gone in remove:
                self._check_revision(gone, absent=None)
            before = {ref: self._rows.get(ref) for ref in touched}
            self._rows |= {row.ref: _next(row) for row in rows}
            for gone in remove:
                del self._rows[gone.ref]
            self._past |= {row.ref: row for row in past}
            if self.between:
                self._hidden = before | self._hidden
        if self.between:
            self._show(touched, self.between)

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        with self._lock:
            found = sorted(self._past.values(), key=_order, reverse=True)
        return [
            row
            for row in found
            if (since is None or recorded_at(row) >= since) and subject in {None, about(row)}
        ][:limit]

    def _check_revision(self, row: BaseRow, *, absent: int | None) -> None:
        found = self._rows.get(row.ref)
        if (found.revision if found else absent) != row.revision:
            raise StaleWriteError(f"{row.kind} {row.key} is not at revision {row.revision}")

    def _show(self, refs: Sequence[Ref], between: Callable[[Ref], None]) -> None:
        try:
            for ref in refs:
                between(ref)
                with self._lock:
                    self._hidden.pop(ref, None)
        finally:
            with self._lock:
                for ref in refs:
                    self._hidden.pop(ref, None)


def _next(row: Row) -> Row:
    return row.model_copy(update={"revision": row.revision + 1})


def _order(row: Past) -> tuple[datetime, str]:
    return recorded_at(row), row.key
