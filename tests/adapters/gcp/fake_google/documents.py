"""What a document of Firestore may be, as its documentation says under "Quotas and limits"."""

from collections.abc import Mapping
from typing import Any

from tests.adapters.gcp.fake_google.refusals import invalid

_LARGEST, _LONGEST_VALUE, _LONGEST_NAME = 1_048_576, 1_048_487, 1500


def check(document: Any) -> None:
    """Refuse a document that Firestore would not keep. It is a message of Firestore's."""
    check_name(document.name)
    _check_fields(document.fields)
    size = _name_size(document.name) + _map_size(document.fields) + 32
    if size > _LARGEST:
        raise invalid(f"maximum entity size is {_LARGEST} bytes")


def check_name(name: str) -> None:
    below = name.partition("/documents/")[2].split("/")
    if len(below) % 2 or not all(below):
        raise invalid(f"Document name {name!r} lacks a collection or an id")
    for part in below:
        if len(part.encode()) > _LONGEST_NAME:
            raise invalid(f"The key path element name is longer than {_LONGEST_NAME} bytes.")
        if part in {".", ".."} or (part.startswith("__") and part.endswith("__")):
            raise invalid(f"The key path element {part!r} is reserved.")


def _check_fields(fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if not name:
            raise invalid("A field has no name.")
        _check_value(name, value)


def _check_value(name: str, value: Any) -> None:
    kind = value.WhichOneof("value_type")
    if kind is None:
        raise invalid(f"The value of property {name!r} is of no type.")
    if kind == "map_value":
        _check_fields(value.map_value.fields)
    elif kind == "array_value":
        for each in value.array_value.values:
            if each.WhichOneof("value_type") == "array_value":
                raise invalid("Cannot convert an array value in an array value.")
            _check_value(name, each)
    elif kind == "string_value" and _text_size(value.string_value) - 1 > _LONGEST_VALUE:
        raise invalid(f"The value of property {name!r} is longer than {_LONGEST_VALUE} bytes.")


def _name_size(name: str) -> int:
    return 16 + sum(map(_text_size, name.partition("/documents/")[2].split("/")))


def _map_size(fields: Mapping[str, Any]) -> int:
    return sum(_text_size(name) + _value_size(value) for name, value in fields.items())


def _value_size(value: Any) -> int:
    match value.WhichOneof("value_type"):
        case "string_value":
            return _text_size(value.string_value)
        case "map_value":
            return _map_size(value.map_value.fields)
        case "array_value":
            return sum(map(_value_size, value.array_value.values))
        case "boolean_value" | "null_value":
            return 1
        case _:
            return 8


def _text_size(text: str) -> int:
    return len(text.encode()) + 1
