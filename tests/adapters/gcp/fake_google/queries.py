"""Queries of Firestore: of one collection, by conditions that all hold."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.cloud.firestore_v1.types import StructuredQuery
from grpc import StatusCode

from tests.adapters.gcp.fake_google.refusals import RefusedError

Indexes = Mapping[str, Sequence[tuple[str, str]]]
"""The fields of a composite index, and how each is sorted, by collection."""

_Operator = StructuredQuery.FieldFilter.Operator
_Direction = StructuredQuery.Direction
_HOLDS: Mapping[int, Callable[[str, str], bool]] = {
    _Operator.EQUAL: lambda kept, asked: kept == asked,
    _Operator.GREATER_THAN_OR_EQUAL: lambda kept, asked: kept >= asked,
}


def found(
    documents: Mapping[str, Any], parent: str, query: Any, indexes: Indexes
) -> Sequence[Any]:
    """What the query finds, in its order. Refuses a query that needs an index there is none of."""
    (source,) = query.from_
    filters = _filters(query.where)
    _check_index(source.collection_id, filters, query.order_by, indexes)
    below = f"{parent}/{source.collection_id}/"
    seen = [
        document
        for name, document in sorted(documents.items())
        if name.startswith(below) and all(_holds(document, each) for each in filters)
    ]
    for order in reversed(query.order_by):
        field = order.field.field_path
        seen = sorted(
            (document for document in seen if field in document.fields),
            key=lambda document: document.fields[field].string_value,
            reverse=order.direction == _Direction.DESCENDING,
        )
    return seen[: query.limit.value] if query.HasField("limit") else seen


def _filters(where: Any) -> Sequence[Any]:
    match where.WhichOneof("filter_type"):
        case None:
            return []
        case "field_filter":
            return [where.field_filter]
        case "composite_filter":
            return [each for part in where.composite_filter.filters for each in _filters(part)]
        case other:
            raise RefusedError(StatusCode.UNIMPLEMENTED, f"a {other}")


def _holds(document: Any, asked: Any) -> bool:
    """Texts only, as everywhere here: nothing else is asked for."""
    holds = _HOLDS.get(asked.op)
    if holds is None or asked.value.WhichOneof("value_type") != "string_value":
        raise RefusedError(StatusCode.UNIMPLEMENTED, f"a condition with {asked}")
    kept = document.fields.get(asked.field.field_path)
    if kept is None or kept.WhichOneof("value_type") != "string_value":
        return False
    return holds(kept.string_value, asked.value.string_value)


def _check_index(
    collection: str, filters: Sequence[Any], orders: Sequence[Any], indexes: Indexes
) -> None:
    """Each field has an index of its own; whatever asks for two needs one of both."""
    equal = [each.field.field_path for each in filters if each.op == _Operator.EQUAL]
    sorted_by = [
        (order.field.field_path, _Direction(order.direction).name)
        for order in orders
        if order.field.field_path not in equal
    ]
    fields = [*((field, "ASCENDING") for field in equal), *sorted_by]
    if len(fields) > 1 and [*indexes.get(collection, ())] != fields:
        raise RefusedError(
            StatusCode.FAILED_PRECONDITION, f"The query requires an index: {fields}"
        )
