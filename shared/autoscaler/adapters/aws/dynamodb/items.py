"""Rows as items of the table: where each stands, and how its attributes are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from pydantic.fields import FieldInfo

from autoscaler.core.ledger import BaseRow, Past, Ref, Row
from autoscaler.core.past import recorded_at, subject
from autoscaler.core.value import Value

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = Mapping[str, "AttributeValueTypeDef"]

SECTIONS: Mapping[str, str] = {
    "launch": "launch",
    "instance": "instance",
    "unavailable": "fact",
    "breaker": "fact",
    "repair": "fact",
    "control": "fact",
    "event": "fact",
    "fence": "plan",
    "decision": "plan",
    "spend": "plan",
    "learned": "plan",
    "told": "fact",
    "price": "setting",
    "config": "setting",
    "request": "request",
}
"""Kinds by who may write them: an IAM policy sees the partition key, and nothing else of a row."""

LIVE = ("launch", "instance", "fact", "plan")
"""The sections of the live set, in the order in which they are read: a launch before its rows."""

HISTORY = "history"
KEPT = timedelta(days=90)
_PASSING = ("request",)  # the poller deletes it with its launch; one without a launch passes so

_PLACED = ("section", "row", "expires")
_ROWS: tuple[type[BaseRow], ...] = get_args(get_args(Row)[0])
_TEXTS: Mapping[str, Sequence[str]] = {
    row.model_fields["kind"].default: [
        name for name, field in row.model_fields.items() if field.annotation is str
    ]
    for row in _ROWS
}


def place(ref: Ref) -> dict[str, AttributeValueTypeDef]:
    """The primary key of a row."""
    return {
        "section": {"S": SECTIONS.get(ref.kind, ref.kind)},
        "row": {"S": f"{ref.kind}/{ref.key}"},
    }


def item(row: BaseRow, revision: int, now: float = 0.0) -> dict[str, AttributeValueTypeDef]:
    """The row as it stands in the table once it was written, at `now` (seconds since 1970)."""
    whole = place(row.ref) | _attributes(row) | {"revision": {"N": str(revision)}}
    if row.kind in _PASSING:
        whole["expires"] = {"N": str(int(now + KEPT.total_seconds()))}
    return whole


def past_item(row: Past) -> dict[str, AttributeValueTypeDef]:
    """The row in the history; `expires` is in whole seconds since 1970, as DynamoDB wants it."""
    at = recorded_at(row)
    return {
        "section": {"S": HISTORY},
        "row": {"S": f"{sortable(at)} {row.key} {row.kind}"},
        **_attributes(row),
        "subject": {"S": subject(row)},
        "expires": {"N": str(int((at + KEPT).timestamp()))},
    }


def sortable(at: datetime) -> str:
    """With what the name of a row of the history begins: its moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def attributes(found: Item) -> dict[str, Any]:
    """What the row's model is to make a row of. A `subject` is an event's own."""
    plain = {name: _plain(value) for name, value in found.items() if name not in _PLACED}
    kind = plain.get("kind")
    if kind != "event":
        plain.pop("subject", None)
    for name in _TEXTS.get(str(kind), ()):
        if name in plain and plain[name] is None:
            plain[name] = ""
    return plain


def _attributes(value: Value) -> dict[str, AttributeValueTypeDef]:
    """Every attribute that says something: the console shows the others as empty all the same."""
    fields = type(value).model_fields
    return {name: _written(each) for name, each in value if _says(each, fields[name])}


def _says(value: object, field: FieldInfo) -> bool:
    empty = value is None or value in ("", ())
    return not empty or field.is_required() or value != field.default


def _written(value: object) -> AttributeValueTypeDef:
    if isinstance(value, Value):
        return {"M": _attributes(value)}
    if isinstance(value, Mapping):
        return {"M": {str(name): _written(each) for name, each in value.items()}}
    if isinstance(value, tuple):
        return {"L": [_written(each) for each in value]}
    return _scalar(value)


def _scalar(value: object) -> AttributeValueTypeDef:
    match value:
        case None | "":
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case datetime():
            return {"S": value.isoformat().replace("+00:00", "Z")}
        case str():
            return {"S": str(value)}
        case _:
            raise TypeError(f"no attribute can hold {value!r}")


def _plain(value: AttributeValueTypeDef) -> Any:
    ((type, content),) = value.items()
    match type:
        case "N":
            return _number(str(content))
        case "NULL":
            return None
        case "L":
            return [_inner(each) for each in value["L"]]
        case "M":
            return {name: _inner(each) for name, each in value["M"].items()}
        case _:
            return content


def _inner(value: AttributeValueTypeDef) -> Any:
    """Inside of an attribute null is always an empty text: a time that is none is left out."""
    plain = _plain(value)
    return "" if plain is None else plain


def _number(text: str) -> float:
    return int(text) if text.removeprefix("-").isdigit() else float(text)
