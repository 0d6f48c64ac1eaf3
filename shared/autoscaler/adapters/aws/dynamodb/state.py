"""The state table in DynamoDB: one table, made by infra/aws/table.yml."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from autoscaler.adapters.aws.dynamodb.items import (
    HISTORY,
    LIVE,
    Item,
    attributes,
    place,
    sortable,
)
from autoscaler.adapters.aws.dynamodb.problems import Place, asking
from autoscaler.adapters.aws.dynamodb.writes import Writer
from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.core.past import check_size
from autoscaler.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Found = TypeVar("_Found")
_ROW: TypeAdapter[Row] = TypeAdapter(Row)
_ROWS: TypeAdapter[list[Row]] = TypeAdapter(list[Row])
_PAST: TypeAdapter[Past] = TypeAdapter(Past)
_PASTS: TypeAdapter[list[Past]] = TypeAdapter(list[Past])
_BY_SUBJECT = {"IndexName": "by-subject"}  # never consistent


class DynamoState:
    """The State port on one table, which threads and functions may use at the same time.

    `live` is one consistent query for each of its sections. The history of a subject comes from
    an index, which lags by a moment. History is kept for 90 days, and so is a request that nobody
    deletes. A commit whose answer got lost
    is UnavailableError: whether it was written is seen by reading again.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        limit: int = 100,
        pause: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`client` is best made with CONFIG; `pause` waits while others write the same rows."""
        self._client = client
        self._place = Place(table, client.meta.region_name)
        self._limit = limit
        self._writer = Writer(client, self._place, pause, now)

    @property
    def limit(self) -> int:
        return self._limit

    def live(self) -> Sequence[Row]:
        found = [
            item
            for section in LIVE
            for item in self._query("section", section, ConsistentRead=True)
        ]
        return self._understood(_ROWS, found)

    def read(self, ref: Ref) -> Row | None:
        with asking(self._place, "GetItem"):
            answer = self._client.get_item(
                TableName=self._place.table, Key=place(ref), ConsistentRead=True
            )
        found = answer.get("Item")
        return self._understood(_ROWS, [found])[0] if found else None

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
        writer = self._writer
        writes = [*map(writer.put, rows), *map(writer.remove, remove), *map(writer.record, past)]
        if writes:
            writer.send(writes)

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        how: dict[str, Any] = {"ConsistentRead": True} if subject is None else _BY_SUBJECT
        found = self._query(
            "section" if subject is None else "subject",
            HISTORY if subject is None else subject,
            since=sortable(since) if since else "",
            ScanIndexForward=False,
            Limit=limit,
            **how,
        )
        return self._understood(_PASTS, list(islice(_newest(found), limit)))

    def _query(self, name: str, value: str, *, since: str = "", **how: Any) -> Iterator[Item]:
        """The items of one partition, page by page; those whose `row` is not below `since`."""
        condition, names, values = "#key = :key", {"#key": name}, {":key": {"S": value}}
        if since:
            condition += " AND #row >= :since"
            names["#row"], values[":since"] = "row", {"S": since}
        start: dict[str, Any] = {}
        while True:
            with asking(self._place, "Query"):
                page = self._client.query(
                    TableName=self._place.table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                    **how,
                    **start,
                )
            yield from page["Items"]
            if not (last := page.get("LastEvaluatedKey")):
                return
            start = {"ExclusiveStartKey": last}

    def _understood(self, model: TypeAdapter[list[_Found]], found: Sequence[Item]) -> list[_Found]:
        try:
            return model.validate_python([attributes(each) for each in found])
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            index, *way = first["loc"]
            name = found[int(index)].get("row", {}).get("S", "?")
            raise UnavailableError(
                f"{self._place}: {name} cannot be understood ({'.'.join(map(str, way[1:]))}: "
                f"{first['msg']}): undo what was edited by hand, or upgrade"
            ) from error


def _newest(found: Iterable[Item]) -> Iterator[Item]:
    """Of what was recorded more than once, what was recorded for the latest moment."""
    seen: set[tuple[str, str]] = set()
    for each in found:
        ref = (each["kind"]["S"], each["key"]["S"])
        if ref not in seen:
            seen.add(ref)
            yield each
