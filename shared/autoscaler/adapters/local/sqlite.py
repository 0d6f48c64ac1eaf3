"""The state table in a file, for a host that is one computer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from autoscaler.adapters.local.sqlite_file import in_use, open_to_read, open_to_write
from autoscaler.core.ledger import BESIDE, BaseRow, Past, Ref, Row
from autoscaler.core.past import check_size, recorded_at
from autoscaler.core.past import subject as about
from autoscaler.errors import StaleWriteError, UnavailableError

_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_ROWS: TypeAdapter[list[Row]] = TypeAdapter(list[Row])
_PAST: TypeAdapter[Past] = TypeAdapter(Past)
_PASTS: TypeAdapter[list[Past]] = TypeAdapter(list[Past])

_LIVE = f"SELECT attributes FROM rows WHERE kind NOT IN ({', '.join(map(repr, sorted(BESIDE)))})"  # noqa: S608  # our own words
_READ = "SELECT attributes FROM rows WHERE kind = ? AND key = ?"
_CREATE = "INSERT INTO rows (attributes, kind, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE rows SET attributes = ? WHERE kind = ? AND key = ? AND revision = ?"
_REMOVE = "DELETE FROM rows WHERE kind = ? AND key = ? AND revision = ?"
_RECORD = "REPLACE INTO history (kind, key, at, subject, attributes) VALUES (?, ?, ?, ?, ?)"
_ALL = "SELECT attributes FROM history WHERE at >= ? ORDER BY at DESC, key DESC LIMIT ?"
_ABOUT = (
    "SELECT attributes FROM history WHERE at >= ? AND subject = ? "
    "ORDER BY at DESC, key DESC LIMIT ?"
)
# In portions, so that no commit waits for a long clean-up.
_PRUNE = "DELETE FROM history WHERE rowid IN (SELECT rowid FROM history WHERE at < ? LIMIT 500)"


class SqliteState:
    """The State port on one file, which threads and processes may use at the same time.

    A commit is on the disk when `commit` returns, and no read shows a part of one. History is
    kept until something 90 days younger is recorded. Opening raises ConfigError when the file
    cannot be used, UnavailableError when it may be later; everything else, UnavailableError.
    """

    KEPT = timedelta(days=90)

    def __init__(
        self,
        path: Path,
        *,
        readonly: bool = False,
        limit: int = 100,
        patience: timedelta = timedelta(seconds=5),
    ) -> None:
        """Open the file. `readonly` makes none; `patience` is how long a locked one is waited for.

        `limit` is as small as DynamoDB's by default, so that what runs here runs there.
        """
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._db = (open_to_read if readonly else open_to_write)(path, patience)

    @property
    def limit(self) -> int:
        return self._limit

    def live(self) -> Sequence[Row]:
        with self._understood():
            return _ROWS.validate_json(self._fetch(_LIVE))

    def read(self, ref: Ref) -> Row | None:
        with self._understood():
            found = _ROWS.validate_json(self._fetch(_READ, *ref))
        return found[0] if found else None

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        rows = [_ROW.validate_python(row) for row in put]
        past = [_PAST.validate_python(row) for row in record]
        check_size(self._limit, [*rows, *remove], past)
        with in_use(self._path), self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for row in rows:
                self._put(row)
            for gone in remove:
                self._one(gone, _REMOVE, *gone.ref, gone.revision)
            for one in past:
                self._record(one)

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        start = _sortable(since) if since else ""
        with self._understood():
            if subject is None:
                return _PASTS.validate_json(self._fetch(_ALL, start, limit))
            return _PASTS.validate_json(self._fetch(_ABOUT, start, subject, limit))

    def close(self) -> None:
        with in_use(self._path), self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetch(self, query: str, *values: str | int) -> str:
        """The rows found, as one JSON array: parsing them together takes half the time."""
        with in_use(self._path), self._lock:
            return f"[{','.join(text for (text,) in self._db.execute(query, values))}]"

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"][1:]))
            raise UnavailableError(
                f"state = {self._path}: a row cannot be understood ({place}: {first['msg']}): "
                "undo what was edited by hand, or upgrade"
            ) from error

    def _put(self, row: BaseRow) -> None:
        stored = row.model_copy(update={"revision": row.revision + 1}).model_dump_json()
        if row.revision:
            self._one(row, _UPDATE, stored, *row.ref, row.revision)
        else:
            self._one(row, _CREATE, stored, *row.ref)

    def _one(self, row: BaseRow, statement: str, *values: str | int) -> None:
        if self._db.execute(statement, values).rowcount != 1:
            raise StaleWriteError(f"{row.kind} {row.key} is not at revision {row.revision}")

    def _record(self, row: Past) -> None:
        at = recorded_at(row)
        stored = row.model_dump_json()
        self._db.execute(_RECORD, (*row.ref, _sortable(at), about(row), stored))
        self._db.execute(_PRUNE, (_sortable(at - self.KEPT),))


def _sortable(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
