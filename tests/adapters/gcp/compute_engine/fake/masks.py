"""Filters and field masks, as far as callers here use them; anything else is no answer."""

import re
from collections.abc import Mapping
from typing import Any

_TERM = re.compile(r'(?P<field>[\w.-]+)="(?P<value>[^"]*)"')
_TOKEN = re.compile(r"[\w*]+|[(),/]")


def fits(thing: Mapping[str, Any], wanted: str) -> bool:
    """`a="x"`, or several of that in parentheses with one of AND, OR between them all."""
    if not wanted:
        return True
    terms = re.split(r" (AND|OR) ", wanted)
    words = set(terms[1::2])
    assert len(words) <= 1, wanted
    assert len(terms) == 1 or all(re.fullmatch(r"\(.+\)", each) for each in terms[::2]), wanted
    answers = [_holds(thing, each.strip("()")) for each in terms[::2]]
    return any(answers) if words == {"OR"} else all(answers)


def _holds(thing: Mapping[str, Any], term: str) -> bool:
    found = _TERM.fullmatch(term)
    assert found, term
    top, _, below = found["field"].partition(".")
    value: Any = thing.get(top)
    if below:
        value = (value or {}).get(below)
    return bool(value == found["value"])


def masked(thing: Any, mask: str) -> Any:
    """Only what the mask names: `a,b/c,d(e,f),g/*/h`."""
    if not mask:
        return thing
    tree, rest = _tree(_TOKEN.findall(mask))
    assert not rest, mask
    return _only(thing, tree)


def _tree(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    tree: dict[str, Any] = {}
    while tokens and tokens[0] != ")":
        path, tokens = [tokens[0]], tokens[1:]
        while tokens and tokens[0] == "/":
            path, tokens = [*path, tokens[1]], tokens[2:]
        below: dict[str, Any] = {}
        if tokens and tokens[0] == "(":
            below, tokens = _tree(tokens[1:])
            assert tokens[0] == ")"
            tokens = tokens[1:]
        at = tree
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at.setdefault(path[-1], {}).update(below)
        if tokens and tokens[0] == ",":
            tokens = tokens[1:]
    return tree, tokens


def _only(thing: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return thing
    if isinstance(thing, list):
        return [_only(each, tree) for each in thing]
    if not isinstance(thing, dict):
        return thing
    named = {key: tree.get(key, tree.get("*")) for key in thing}
    return {key: _only(thing[key], below) for key, below in named.items() if below is not None}
