"""Google's description of Compute Engine, as Google's Python library carries it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

_DOCUMENT = "discovery_cache/documents/compute.v1.json"
_INT64 = ("int64", "uint64")


class UnknownCallError(AssertionError):
    """A call, or a part of one, that the description does not have."""


@dataclass(frozen=True)
class Method:
    """`id`: "compute.instances.insert"; `names`: what its path holds."""

    id: str
    names: Mapping[str, str]
    told: Mapping[str, Any]


def described(verb: str, path: str, query: Mapping[str, str], body: Any) -> Method:
    """The method that is called; UnknownCallError for what Google would not know."""
    for method, pattern in _methods():
        found = pattern.fullmatch(path) if method["httpMethod"] == verb else None
        if found:
            _check_query(method, query)
            if "request" in method:
                check(method["request"]["$ref"], body, method["id"])
            return Method(method["id"], found.groupdict(), method)
    raise UnknownCallError(f"no method answers {verb} {path}")


def check(schema: str, thing: Any, where: str) -> None:
    errors = list(_validator(schema).iter_errors(thing))
    if errors:
        place = "/".join(map(str, errors[0].path))
        raise UnknownCallError(f"{where}: {place}: {errors[0].message[:300]}")


def _check_query(method: Mapping[str, Any], query: Mapping[str, str]) -> None:
    """`$alt` is how Google's client says that its enumerations are words."""
    known = {**_document()["parameters"], **method.get("parameters", {}), "$alt": {}}
    unknown = sorted(set(query) - set(known))
    if unknown:
        raise UnknownCallError(f"{method['id']}: unknown parameter {unknown[0]}")


@cache
def _document() -> dict[str, Any]:
    text = files("googleapiclient").joinpath(_DOCUMENT).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _methods() -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    return tuple(_walked(_document()["resources"]))


def _walked(resources: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], re.Pattern[str]]]:
    for resource in resources.values():
        for method in resource.get("methods", {}).values():
            path = method.get("flatPath", method["path"])
            form = re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", path)
            yield method, re.compile(f"/{_document()['servicePath']}{form}")
        yield from _walked(resource.get("resources", {}))


@cache
def _validator(schema: str) -> Any:
    return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": _schemas()})


@cache
def _schemas() -> dict[str, Any]:
    return {name: _strict(schema) for name, schema in _document()["schemas"].items()}


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema that refuses keys which the description does not have."""
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    kind = schema.get("type")
    if kind == "any":
        return {}
    if kind == "string" and schema.get("format") in _INT64:
        return {"type": ["string", "integer"], "pattern": r"^-?\d+$"}
    found: dict[str, Any] = {"type": kind} if kind else {}
    if "enum" in schema:
        found["enum"] = schema["enum"]
    if kind == "array":
        found["items"] = _strict(schema["items"])
    if kind == "object":
        own = schema.get("properties", {})
        found["properties"] = {name: _strict(each) for name, each in own.items()}
        more = schema.get("additionalProperties")
        found["additionalProperties"] = _strict(more) if more else False
    return found
