"""The text of a configuration as plain values, with the line on which each one stands."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml
from yaml.composer import Composer, ComposerError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from autoscaler.config.faults import Fault, Where

_DEPTH = 32
_VALUES = 50_000
_PREFIX = "tag:yaml.org,2002:"
_STRING = f"{_PREFIX}str"
_PLAIN = {
    f"{_PREFIX}null": re.compile("~|null|Null|NULL|"),
    f"{_PREFIX}bool": re.compile("true|True|TRUE|false|False|FALSE"),
    f"{_PREFIX}int": re.compile("[-+]?(0|[1-9][0-9]{0,17})"),
    f"{_PREFIX}float": re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}([eE][-+][0-9]{1,3})?"),
}


class Document(NamedTuple):
    """`lines` has a line for every place of `data`; `faults` are what only the text can show."""

    data: object
    lines: Mapping[Where, int]
    faults: list[Fault]


def compose(text: str) -> Document:
    """Read YAML 1.2's plain types; JSON is read as well. Raises yaml.YAMLError and ValueError."""
    if text.lstrip().startswith("{"):
        text = re.sub(r"(?m)^\t+", lambda tabs: "  " * len(tabs[0]), text)
    node = _Reading(text).get_single_node()
    builder = _Builder()
    data = builder.value(node, ()) if node else None
    return Document(data, builder.lines, builder.faults)


class _Reading(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML up to its nodes, with plain words kept as text: `on`, `no`, `1:30`, dates."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise ComposerError(
                problem="too deep", problem_mark=parent.start_mark if parent else None
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return f"{_PREFIX}{'map' if kind is yaml.MappingNode else 'seq'}"
        if not implicit[0]:
            return _STRING
        return next((tag for tag, form in _PLAIN.items() if form.fullmatch(value)), _STRING)


class _Builder:
    """Makes values of nodes; an alias counts each time it is used."""

    def __init__(self) -> None:
        self.lines: dict[Where, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, where: Where) -> object:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if len(self.lines) > _VALUES or len(where) > _DEPTH:
            raise ComposerError(problem="too many", problem_mark=node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, where))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, where)

    def _pairs(self, node: yaml.MappingNode, where: Where) -> Iterator[tuple[str, object]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(where, "", f"the key on line {line} is no plain text"))
                continue
            key = _readable(key_node.value)
            place = (*where, key)
            if key in first:
                remedy = f"written twice, on line {first[key]} and on line {line}: keep one"
                self.faults.append(Fault(place, "", remedy))
                continue
            first[key] = self.lines[place] = line
            yield key, self.value(value_node, place)

    def _scalar(self, node: yaml.Node, where: Where) -> object:
        text = _readable(node.value)
        if node.tag != _STRING and node.tag not in _PLAIN:
            self.faults.append(Fault(where, "", "tags (!) are not read: write the plain value"))
            return text
        if node.tag == _STRING or not _PLAIN[node.tag].fullmatch(text):
            return text
        return _converted(node.tag.removeprefix(_PREFIX), text)


def _converted(kind: str, text: str) -> object:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    return int(text) if kind == "int" else float(text)


def _readable(text: str) -> str:
    """JSON writes rare characters as pairs of surrogates; this joins them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
