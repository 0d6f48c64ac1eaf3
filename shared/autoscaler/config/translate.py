"""pydantic's errors, said plainly: where, what was found, what to write instead."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autoscaler.config.faults import MISTAKE, SECRET, Fault, Where, kind, shown
from autoscaler.config.hints import one_of, unknown_key
from autoscaler.config.layout import (
    PROVIDERS,
    SECTIONS,
    homes,
    schema_place,
    untagged,
    written_example,
)

_HIDDEN = {
    "access_key",
    "secret_key",
    "agent_access_key",
    "agent_secret_key",
    "proxy",
    "webhook",
    "environment",
    "agent",
    "agent_args",
    "clearml_conf",
    "init_script",
}
_NOT_SHOWN = {SECRET, "extra_forbidden", "missing", "union_tag_not_found"}
_COMING = {"kubernetes": "Kubernetes"}


def faults(error: ValidationError) -> Iterator[Fault]:
    """One fault for each error, in pydantic's order."""
    for each in error.errors(include_url=False):
        where = _place(each)
        # pydantic counts the sound items only; each other one has a fault of its own
        if each["type"] == "too_short" and each["input"]:
            continue
        remedy = _REMEDIES.get(each["type"], _as_it_is)(each, where)
        yield Fault(untagged(where), _value(each, where), remedy)


def _place(error: ErrorDetails) -> Where:
    where = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"].startswith("union_tag"):
        return (*where, PROVIDERS[0], "provider")
    # what is no mapping has no provider
    return (*where, PROVIDERS[0]) if error["type"] == "model_attributes_type" else where


def _value(error: ErrorDetails, where: Where) -> str:
    found = _provider_of(error) if error["type"] == "union_tag_invalid" else error["input"]
    if error["type"] in {
        SECRET,
        "extra_forbidden",
        "missing",
        "union_tag_not_found",
    } or _HIDDEN & set(where):
        return ""
    if found is None:
        return ""
    return "" if error["type"] == MISTAKE and isinstance(found, (list, dict)) else shown(found)


def _unknown(_error: ErrorDetails, where: Where) -> str:
    place, key = schema_place(where[:-1]), str(where[-1])
    return unknown_key(key, SECTIONS[place].key_names(), homes(key, place))


def _missing(_error: ErrorDetails, where: Where) -> str:
    return f"is missing: {written_example(where)}"


def _no_text(error: ErrorDetails, where: Where) -> str:
    if _HIDDEN & set(where):
        return "write text: put it in quotes"
    if isinstance(error["input"], (bool, int, float)):
        return f'put it in quotes, so that it is text: "{shown(error["input"])}"'
    return f"write text, not {kind(error['input'])}"


def _no_list(error: ErrorDetails, where: Where) -> str:
    if isinstance(error["input"], str) and not _HIDDEN & set(where):
        return f"write a list: [{shown(error['input'])}]"
    return "write a list: [first, second]"


def _no_keys(_error: ErrorDetails, where: Where) -> str:
    if schema_place(where) in SECTIONS:
        keys = SECTIONS[schema_place(where)].key_names()
        return f"write keys and values here: {', '.join(keys[:3])}, …"
    return "write names and values here, like NAME: value"


def _choice(error: ErrorDetails, _where: Where) -> str:
    known = [
        word.strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")
    ]
    return one_of(error["input"], known)


def _provider(error: ErrorDetails, where: Where) -> str:
    found = _provider_of(error)
    if found is None:
        return _missing(error, where)
    if isinstance(found, str) and found.lower() in _COMING:
        return f"comes with the {_COMING[found.lower()]} host; so far: {', '.join(PROVIDERS)}"
    return one_of(found, PROVIDERS)


def _provider_of(error: ErrorDetails) -> object:
    """As it was written, None when it was not."""
    return error["input"].get("provider")


def _as_it_is(error: ErrorDetails, _where: Where) -> str:
    return error["msg"]


def _always(remedy: str) -> Callable[[ErrorDetails, Where], str]:
    return lambda _error, _where: remedy


def _limit(words: str, key: str) -> Callable[[ErrorDetails, Where], str]:
    def remedy(error: ErrorDetails, _where: Where) -> str:
        context: dict[str, Any] = error["ctx"]
        return f"{words} {context[key]:g}"

    return remedy


_WHOLE = _always("write a whole number, like 3")

_REMEDIES: dict[str, Callable[[ErrorDetails, Where], str]] = {
    MISTAKE: _as_it_is,
    SECRET: _as_it_is,
    "extra_forbidden": _unknown,
    "missing": _missing,
    "string_type": _no_text,
    "tuple_type": _no_list,
    "model_type": _no_keys,
    "model_attributes_type": _no_keys,
    "dict_type": _no_keys,
    "literal_error": _choice,
    "union_tag_invalid": _provider,
    "union_tag_not_found": _provider,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": _always("write true or false"),
    "float_type": _always("write a number, like 0.35"),
    "finite_number": _always("write a number, like 0.35"),
    "greater_than": _limit("more than", "gt"),
    "greater_than_equal": _limit("at least", "ge"),
    "less_than_equal": _limit("at most", "le"),
    "too_short": _always("is empty: write at least one"),
}
