"""The state table in Firestore: one database in native mode for each deployment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import random
from typing import Any, TypeVar

from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.types import Document
from pydantic import TypeAdapter, ValidationError

from autoscaler.adapters.gcp.firestore.calls import Calls, Database
from autoscaler.adapters.gcp.firestore.documents import HISTORY, LIVE, attributes, place, sortable
from autoscaler.adapters.gcp.firestore.writes import Writer
from autoscaler.adapters.gcp.retries import ATTEMPT
from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.core.past import check_size
from autoscaler.errors import UnavailableError

_Found = TypeVar("_Found")
_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_ROWS: TypeAdapter[list[Row]] = TypeAdapter(list[Row])
_PAST: TypeAdapter[Past] = TypeAdapter(Past)
_PASTS: TypeAdapter[list[Past]] = TypeAdapter(list[Past])


def sleep_about(seconds: float) -> None:
    """Sleep for half as long to half as long again, so that writers who met do not meet again."""
    time.sleep(seconds * (0.5 + random()))  # noqa: S311  # spreads writers, guards nothing


class FirestoreState:
    """The State port on one database, which threads and functions may use at the same time.

    `live` shows all rows as they were at one moment. History is kept for 90 days, if the database
    has the TTL policy. A commit whose answer got lost is UnavailableError: whether it was written
    is seen by reading again.
    """

    def __init__(
        self,
        client: FirestoreClient,
        database: Database,
        *,
        limit: int = 500,
        pause: Callable[[float], object] = sleep_about,
        patience: float = ATTEMPT,
    ) -> None:
        """`pause` waits before something is asked again; it is given seconds.

        `patience`: how many seconds one attempt may take. Three of them are given up within 10 s,
        so that a function can still tell of it.
        """
        self._database = database
        self._limit = limit
        self._calls = Calls(client, database, pause, patience)
        self._writer = Writer(self._calls, database, pause)

    @property
    def limit(self) -> int:
        return self._limit

    def live(self) -> Sequence[Row]:
        return self._understood(_ROWS, self._calls.query(_all_of(LIVE)))

    def read(self, ref: Ref) -> Row | None:
        found = [*self._calls.get([self._database.document(place(ref))]).values()]
        return self._understood(_ROWS, found)[0] if found else None

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
        if rows or remove or past:
            self._writer.send(rows, remove, past)

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        conditions = [_where("row", "GREATER_THAN_OR_EQUAL", sortable(since))] if since else []
        if subject is not None:
            conditions.append(_where("subject", "EQUAL", subject))
        newest_first = {"field": {"field_path": "row"}, "direction": "DESCENDING"}
        query = _all_of(HISTORY) | {"order_by": [newest_first], "limit": limit}
        if conditions:
            query["where"] = {"composite_filter": {"op": "AND", "filters": conditions}}
        return self._understood(_PASTS, self._calls.query(query))

    def _understood(
        self, model: TypeAdapter[list[_Found]], found: Sequence[Document]
    ) -> list[_Found]:
        try:
            return model.validate_python([attributes(each) for each in found])
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            index, *way = first["loc"]
            name = found[int(index)].name.partition("/documents/")[2]
            raise UnavailableError(
                f"state = {self._database}: {name} cannot be understood "
                f"({'.'.join(map(str, way[1:]))}: {first['msg']}): "
                "undo what was edited by hand, or upgrade"
            ) from error


def _all_of(collection: str) -> dict[str, Any]:
    return {"from_": [{"collection_id": collection}]}


def _where(field: str, operator: str, text: str) -> Mapping[str, Any]:
    value = {"string_value": text}
    return {"field_filter": {"field": {"field_path": field}, "op": operator, "value": value}}
