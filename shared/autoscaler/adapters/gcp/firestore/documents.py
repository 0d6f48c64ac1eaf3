"""Rows as documents: where each stands, and how its fields are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore_v1.types import Document
from pydantic.fields import FieldInfo

from autoscaler.core.ledger import BESIDE, BaseRow, Past, Ref
from autoscaler.core.past import recorded_at, subject
from autoscaler.core.value import Value

LIVE, HISTORY = "live", "history"
INDEXES = {HISTORY: (("subject", "ASCENDING"), ("row", "DESCENDING"))}
"""The composite indexes that the database needs, by collection. Single fields have theirs."""

EXPIRES = "expires"
"""The field of the history's documents that its TTL policy must name."""

KEPT = timedelta(days=90)

_PLACED = ("row", EXPIRES)
_WIDEST = 2**63
_SPECIAL = str.maketrans({"%": "%25", "/": "%2F"})

Fields = dict[str, Any]
"""The fields of a document, in the form in which Firestore's client takes them."""


def place(ref: Ref) -> str:
    """Where a row stands below the database: its collection, and the name of its document."""
    collection = ref.kind if ref.kind in BESIDE else LIVE
    return f"{collection}/{_name(ref)}"


def past_place(ref: Ref) -> str:
    """The same for the history: what is recorded again replaces."""
    return f"{HISTORY}/{_name(ref)}"


def fields(row: BaseRow, revision: int) -> Fields:
    """The row as it stands in its document once it was written."""
    return _fields(row) | {"revision": _written(revision)}


def past_fields(row: Past) -> Fields:
    """The row in the history. `row` is what it is sorted by; `expires` is a time, for the TTL."""
    at = recorded_at(row)
    return {
        **_fields(row),
        "subject": _written(subject(row)),
        "row": _written(f"{sortable(at)} {row.key} {row.kind}"),
        EXPIRES: {"timestamp_value": at + KEPT},
    }


def sortable(at: datetime) -> str:
    """With what the `row` of a document of the history begins: its moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def attributes(found: Document) -> dict[str, Any]:
    """What the row's model is to make a row of. A `subject` is an event's own."""
    content = Document.pb(found).fields  # the message itself: its wrapper takes ten times as long
    plain = {name: _plain(value) for name, value in content.items() if name not in _PLACED}
    if plain.get("kind") != "event":
        plain.pop("subject", None)
    return plain


def _name(ref: Ref) -> str:
    return f"{ref.kind}:{ref.key}".translate(_SPECIAL)


def _fields(value: Value) -> Fields:
    """Every field that says something."""
    known = type(value).model_fields
    return {name: _written(each) for name, each in value if _says(each, known[name])}


def _says(value: object, field: FieldInfo) -> bool:
    empty = value is None or value in ("", ())
    return not empty or field.is_required() or value != field.default


def _written(value: object) -> Mapping[str, Any]:
    if isinstance(value, Value):
        return {"map_value": {"fields": _fields(value)}}
    if isinstance(value, Mapping):
        return {"map_value": {"fields": {name: _written(each) for name, each in value.items()}}}
    if isinstance(value, tuple):
        return {"array_value": {"values": [_element(each) for each in value]}}
    return _scalar(value)


def _element(value: object) -> Mapping[str, Any]:
    """Firestore keeps no list right inside of a list, so a map stands between."""
    written = _written(value)
    return {"map_value": {"fields": {"list": written}}} if isinstance(value, tuple) else written


def _scalar(value: object) -> Mapping[str, Any]:
    match value:
        case None:
            return {"null_value": 0}
        case bool():
            return {"boolean_value": value}
        case int() if -_WIDEST <= value < _WIDEST:
            return {"integer_value": value}
        case float():
            return {"double_value": value}
        case datetime():
            return {"string_value": value.isoformat().replace("+00:00", "Z")}
        case int() | str():  # a number that is wider than Firestore's is read from its digits
            return {"string_value": str(value)}
        case _:
            raise TypeError(f"no field can hold {value!r}")


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    match kind:
        case None | "null_value":
            return None
        case "array_value":
            return [_item(each) for each in value.array_value.values]
        case "map_value":
            return {name: _plain(each) for name, each in value.map_value.fields.items()}
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case _:
            return getattr(value, kind)


def _item(value: Any) -> Any:
    plain = _plain(value)
    return plain["list"] if isinstance(plain, dict) and [*plain] == ["list"] else plain
