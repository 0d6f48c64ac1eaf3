"""Google's own descriptions of its services, as google-api-python-client brings them.

A body is checked strictly: what the description does not name is a mistake.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from google.protobuf.json_format import MessageToDict
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

_DOCUMENTS = files("googleapiclient") / "discovery_cache" / "documents"
_WIDE = {"int64", "uint64"}  # written as texts, as JSON's numbers are narrower


def problems(service: str, method: str, request: Any, answers: list[Any]) -> Iterator[str]:
    """What is wrong with a call: its messages, as they would be sent as JSON.

    `service` is as in "firestore.v1", `method` as in "projects.databases.documents.commit".
    """
    described = _method(service, method)
    in_path = {
        name for name, each in described["parameters"].items() if each["location"] == "path"
    }
    sent = MessageToDict(request)
    body = {name: value for name, value in sent.items() if name not in in_path}
    if "request" in described:
        yield from _mistakes(service, described["request"]["$ref"], body)
    elif body:
        yield f"{method} has no body, and was sent {body}"
    for answer in answers:
        yield from _mistakes(service, described["response"]["$ref"], MessageToDict(answer))


def mistakes_of(service: str, schema: str, body: Any) -> list[str]:
    """What is wrong with a body that is meant to be of this schema."""
    return list(_mistakes(service, schema, body))


@cache
def methods(service: str) -> tuple[tuple[dict[str, Any], re.Pattern[str]], ...]:
    """All of a service, each with the path that it is called by."""
    document = _document(service)
    return tuple(_walked(document, document["servicePath"]))


def _walked(
    resource: Mapping[str, Any], before: str
) -> Iterator[tuple[dict[str, Any], re.Pattern[str]]]:
    for method in resource.get("methods", {}).values():
        path = method.get("flatPath", method["path"])
        form = re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/:]+)", f"{before}{path}")
        yield method, re.compile(form)
    for each in resource.get("resources", {}).values():
        yield from _walked(each, before)


def _mistakes(service: str, schema: str, body: Mapping[str, Any]) -> Iterator[str]:
    for error in _validator(service, schema).iter_errors(body):
        yield f"{schema}: {'/'.join(map(str, error.path))}: {error.message[:200]}"


@cache
def _document(service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_DOCUMENTS / f"{service}.json").read_text())
    return found


def _method(service: str, method: str) -> dict[str, Any]:
    *way, name = method.split(".")
    found = _document(service)
    for resource in way:
        found = found["resources"][resource]
    described: dict[str, Any] = found["methods"][name]
    return described


@cache
def _validator(service: str, schema: str) -> Draft202012Validator:
    schemas = _document(service)["schemas"]
    known = {name: _strict(each) for name, each in schemas.items()}
    return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": known})


def _strict(described: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    kind = described.get("type")
    if kind == "object":
        return _object(described)
    if kind == "array":
        return {"type": "array", "items": _strict(described["items"])}
    if described.get("enum") == ["NULL_VALUE"]:
        return {"type": "null"}  # as JSON says it
    strict: dict[str, Any] = {} if kind in {None, "any"} else {"type": kind}
    if described.get("format") in _WIDE:
        strict["pattern"] = r"^-?\d+$"
    if "enum" in described:
        strict["enum"] = described["enum"]
    return strict


def _object(described: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: _strict(each) for name, each in described.get("properties", {}).items()}
    others = described.get("additionalProperties")
    return {
        "type": "object",
        "properties": named,
        "additionalProperties": _strict(others) if others else False,
    }
