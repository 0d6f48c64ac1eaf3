"""The configuration with some keys changed, to ask what that would mean."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from autoscaler.config.document import compose
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.config.process import ProcessSection
from autoscaler.config.reading import parse, render
from autoscaler.errors import ConfigError, Problem

OPTION = "--what-if"
ALL = "*"
_CHANGE = re.compile(r"([\w*-]+(?:\.[\w*-]+)*)=(\S+)")
_LINE = re.compile(r" \(line \d+\)$")
_HELP = (
    "write KEY=VALUE, where KEY is a key of the configuration (budget.day),"
    " of an autoscaler (team.max_idle) or of a resource (team.gpu.spot); * stands for all of them"
)


def what_if(config: Config, changes: str) -> Config:
    """`changes` are KEY=VALUE, with spaces between several; values are YAML.

    ConfigError names what is no such change, and what the changed configuration has wrong.
    """
    data = yaml.safe_load(render(config))
    for change in changes.split() or [""]:
        found = _CHANGE.fullmatch(change)
        if found is None:
            raise ConfigError(Problem(OPTION, change, _HELP))
        _change(data, found[1], _value(found[2], change))
    try:
        return parse(yaml.safe_dump(data, sort_keys=False))
    except ConfigError as error:  # its lines are those of a text that nobody has seen
        raise ConfigError(
            *(
                Problem(f"{OPTION} {_LINE.sub('', p.field)}", p.value, p.remedy)
                for p in error.problems
            )
        ) from error


def _value(text: str, change: str) -> object:
    try:
        return compose(text).data
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(Problem(OPTION, change, "the value is no YAML: quote it")) from error


def _change(data: dict[str, Any], key: str, value: object) -> None:
    places = list(_places(data, key.split(".")))
    if not places:
        raise ConfigError(Problem(OPTION, key, f"there is no such key: {_HELP}"))
    for place, path in places:
        _put(place, path, value)


def _places(data: dict[str, Any], path: list[str]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Where it is to be written, and the rest of the way from there."""
    if path[0] in Config.key_names():
        yield data, path
        return
    name, key, *more = (*_of_all(path), "")
    for autoscaler in _named(data["autoscalers"], name):
        if key in AutoscalerSection.key_names():
            yield autoscaler, [key, *more[:-1]]
        for resource in _named(autoscaler["resources"], key) if more[:-1] else ():
            yield resource, more[:-1]


def _of_all(path: list[str]) -> list[str]:
    """A key that only autoscalers or resources have is that of all of them."""
    if path[0] in AutoscalerSection.key_names():
        return [ALL, *path]
    if path[0] in (*ProcessSection.key_names(), *Ec2Section.key_names()):
        return [ALL, ALL, *path]
    return path


def _put(place: dict[str, Any], path: list[str], value: object) -> None:
    *ways, last = path
    for way in ways:
        inner = place.get(way)
        place[way] = place = dict(inner) if isinstance(inner, Mapping) else {}
    place[last] = value


def _named(sections: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    return (each for each in sections if name in {ALL, each["name"]})
