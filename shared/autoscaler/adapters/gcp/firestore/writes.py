"""A commit as one call: every row with the condition under which it may be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ServiceUnavailable,
)
from google.cloud.firestore_v1.types import Document

from autoscaler.adapters.gcp.firestore.calls import Calls, Database, Write
from autoscaler.adapters.gcp.firestore.documents import (
    attributes,
    fields,
    past_fields,
    past_place,
    place,
)
from autoscaler.adapters.gcp.retries import BUSY
from autoscaler.core.ledger import BaseRow, Past, Ref
from autoscaler.errors import ConfigError, Problem, StaleWriteError, UnavailableError

_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_UNANSWERED = 3  # attempts that nobody answered, before it is given up
_LARGEST_ROW, _LONGEST_NAME = 1024 * 1024, 1500
_CLOSE = 0.99  # to the largest: what a row takes on its way is not quite what it takes there
_REFUSALS: Mapping[str, tuple[type[Exception], ...]] = {
    "exists": (AlreadyExists,),
    "update_time": (FailedPrecondition, NotFound),
}


class Writer:
    """Sends commits, all or none, each at most once in effect.

    Firestore compares the time of a document's last write, and no field of it: documents to
    write over are read first, and the times of those at the right revision are the condition.
    What Firestore was too busy for is sent a few times more; `pause` is given seconds.
    """

    def __init__(self, calls: Calls, database: Database, pause: Callable[[float], object]) -> None:
        self._calls = calls
        self._database = database
        self._pause = pause

    def send(
        self, put: Sequence[BaseRow], remove: Sequence[BaseRow], record: Sequence[Past]
    ) -> None:
        """Raises StaleWriteError, ConfigError for a row that is too large, UnavailableError."""
        times = self._times([*(row for row in put if row.revision), *remove])
        writes = [
            *(self._put(row, times.get(row.ref)) for row in put),
            *(self._removal(row, times[row.ref]) for row in remove),
            *(self._record(row) for row in record),
        ]
        self._commit(writes)

    def _times(self, rows: Sequence[BaseRow]) -> Mapping[Ref, Any]:
        """When each was last written; StaleWriteError for what is at another revision."""
        names = [self._name(place(row.ref)) for row in rows]
        found = self._calls.get(names) if rows else {}
        seen = [(row, found.get(name)) for row, name in zip(rows, names, strict=True)]
        if stale := [row for row, document in seen if _revision(document) != row.revision]:
            raise _stale(f"{row.kind}/{row.key}" for row in stale)
        return {row.ref: document.update_time for row, document in seen if document}

    def _put(self, row: BaseRow, read: Any) -> Write:
        document = {"name": self._name(place(row.ref)), "fields": fields(row, row.revision + 1)}
        condition = {"update_time": read} if row.revision else {"exists": False}
        return {"update": document, "current_document": condition}

    def _removal(self, row: BaseRow, read: Any) -> Write:
        return {"delete": self._name(place(row.ref)), "current_document": {"update_time": read}}

    def _record(self, row: Past) -> Write:
        return {"update": {"name": self._name(past_place(row.ref)), "fields": past_fields(row)}}

    def _name(self, place: str) -> str:
        return self._database.document(place)

    def _commit(self, writes: Sequence[Write]) -> None:
        waits, unanswered = iter(_WAITS), 0
        while True:
            with self._calls.asking("Commit"):
                try:
                    self._calls.commit(writes)
                except _refusals(writes) as error:
                    raise self._refusal(writes, in_doubt=unanswered > 0) from error
                except InvalidArgument as error:
                    self._check_size(writes, error)
                    raise
                except (*BUSY, ServiceUnavailable) as error:
                    unanswered += isinstance(error, ServiceUnavailable)
                    wait = next(waits, None)
                    if wait is None or unanswered == _UNANSWERED:
                        raise
                else:
                    return
            self._pause(wait)

    def _refusal(self, writes: Sequence[Write], *, in_doubt: bool) -> Exception:
        rows = [_row(write) for write in writes if "current_document" in write]
        if in_doubt:  # an attempt that nobody answered may be what moved the rows on
            return UnavailableError(
                f"state = {self._database}: {rows[0]}: whether it was written is not known: "
                "read it again"
            )
        return _stale(rows)

    def _check_size(self, writes: Sequence[Write], error: InvalidArgument) -> None:
        """Raise ConfigError for a row that Firestore does not keep; nothing if there is none."""
        for write in writes:
            name, size = _row(write), _size(write)
            if size > _CLOSE * _LARGEST_ROW or len(name.encode()) > _LONGEST_NAME:
                remedy = (
                    f"about {size:,} bytes, and Firestore keeps {_LARGEST_ROW:,} a row and "
                    f"{_LONGEST_NAME:,} of its name: shorten it (an init script, a name)"
                )
                problem = Problem("state", f"{name} of {self._database.name}", remedy)
                raise ConfigError(problem) from error


def _revision(found: Document | None) -> object:
    return attributes(found).get("revision") if found else None


def _stale(rows: Iterable[str]) -> StaleWriteError:
    return StaleWriteError(f"not at the revision that was read: {', '.join(rows)}")


def _refusals(writes: Sequence[Write]) -> tuple[type[Exception], ...]:
    """How Firestore says that a condition of these writes does not hold."""
    asked = {kind for write in writes for kind in write.get("current_document", ())}
    return tuple(error for kind in sorted(asked) for error in _REFUSALS[kind])


def _row(write: Write) -> str:
    """The name of its document: what stands behind the collection."""
    name: str = write["delete"] if "delete" in write else write["update"]["name"]
    return name.rpartition("/")[2]


def _size(write: Write) -> int:
    return len(Document.serialize(Document(write["update"]))) if "update" in write else 0
