"""What ClearML's settings say, whatever they are written in, each with where it stands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from autoscaler.config.importing import hocon
from autoscaler.config.importing.words import (
    GENERAL,
    PREFIXES,
    QUEUES,
    RESOURCE,
    RESOURCES,
    UNSUPPORTED,
    plain,
)
from autoscaler.config.syntax import explain
from autoscaler.errors import ConfigError, Problem

LARGEST = 1_000_000
_MOST, _DEPTH = 10_000, 32  # aliases can make much of little text


class Said(NamedTuple):
    """A value, and the place where it was found."""

    value: Any
    origin: str


class Serves(NamedTuple):
    """A resource that serves a queue, with so many machines at most."""

    queue: str
    resource: str
    most: Said


@dataclass
class Form:
    """Everything that was found, in ClearML's own words; `left` is what has no place here."""

    general: dict[str, Said] = field(default_factory=dict)
    resources: dict[str, dict[str, Said]] = field(default_factory=dict)
    queues: list[Serves] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    seen: int = 0


def read(text: str, source: str) -> Mapping[str, Any]:
    """The keys of a YAML or JSON text; ConfigError when it has none."""
    if len(text) > LARGEST:
        raise ConfigError(Problem(source, "", f"larger than {LARGEST} characters"))
    try:
        data = yaml.safe_load(text)  # as ClearML reads it: `yes` and `on` are true
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        place, remedy = explain(error, text)
        raise ConfigError(Problem(f"{source}{place}", "", remedy)) from None
    if not isinstance(data, Mapping):
        raise ConfigError(Problem(source, "", "holds no settings: a file with keys is needed"))
    return data


def of_task(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same of a task, as ClearML's server shows it."""
    parameters = {
        section: {name: entry.get("value") for name, entry in entries.items()}
        for section, entries in (task.get("hyperparams") or {}).items()
        if section != "properties"
    }
    configuration = {
        name: _object(name, entry.get("value"))
        for name, entry in (task.get("configuration") or {}).items()
    }
    if not parameters and not configuration:
        remedy = "this task has no settings: name the task of a ClearML autoscaler"
        raise ConfigError(Problem("--from-task", str(task.get("id", "")), remedy))
    return {"hyperparams": parameters, "configuration": configuration}


def form(data: Mapping[str, Any]) -> Form:
    """Every setting by ClearML's name for it."""
    found = Form()
    _walk(found, data)
    return found


def _object(name: str, text: object) -> object:
    """What a configuration object of a task holds: JSON, or what the SDK makes of a dictionary."""
    if not isinstance(text, str):
        return text
    for parse in (json.loads, hocon.parse):
        try:
            return parse(text)
        except (ValueError, RecursionError):
            continue
    remedy = "is neither JSON nor what ClearML's SDK writes: export it to a file"
    raise ConfigError(Problem(f"configuration.{name}", "", remedy))


def _walk(found: Form, data: Mapping[str, Any], above: str = "", prefix: str = "") -> None:
    for key, each in data.items():
        found.seen += 1
        if found.seen > _MOST or above.count(".") > _DEPTH:
            raise ConfigError(Problem(above[:60], "", "too much, or too deep: no autoscaler's"))
        origin, word = f"{above}{key}", f"{prefix}{plain(str(key))}"
        value = _unwrapped(each)
        if word in RESOURCES:
            _resources(found, value, origin)
        elif word in QUEUES and isinstance(value, Mapping):
            _queues(found, value, origin)
        elif isinstance(value, Mapping) and not _is_known(word):
            _walk(found, value, f"{origin}.", PREFIXES.get(word, ""))
        elif not _is_empty(value):
            found.general[GENERAL.get(word, word)] = Said(value, origin)


def _is_known(word: str) -> bool:
    return word in GENERAL or word in GENERAL.values() or word in UNSUPPORTED


def _unwrapped(value: Any) -> Any:
    """The value of a form's field, which may stand below `value`."""
    return value["value"] if isinstance(value, Mapping) and "value" in value else value


def _is_empty(value: object) -> bool:
    return (
        value is None or value in ("", "None") or (isinstance(value, (list, dict)) and not value)
    )


def _resources(found: Form, value: object, origin: str) -> None:
    for name, keys, place in _named(value, origin):
        said: dict[str, Said] = {}
        for key, each in keys.items():
            word = plain(str(key))
            if not _is_empty(plain_value := _unwrapped(each)):
                said[RESOURCE.get(word, word)] = Said(plain_value, f"{place}.{key}")
        said.setdefault("resource_name", Said(name, place))
        label = str(said["resource_name"].value)
        if label in found.resources:
            label = f"{label} {len(found.resources) + 1}"
        found.resources[label] = said
        if "queue_name" in said:
            most = said.get("max_instances", Said(1, f"{place} (it says no number)"))
            found.queues.append(Serves(str(said["queue_name"].value), label, most))


def _named(value: object, origin: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    if isinstance(value, str):
        value = _object(origin, value)
    if isinstance(value, Mapping):
        listed = [(str(name), keys, f"{origin}.{name}") for name, keys in value.items()]
    elif isinstance(value, Sequence):
        listed = [(f"resource-{i}", keys, f"{origin}[{i}]") for i, keys in enumerate(value)]
    else:
        listed = []
    yield from (each for each in listed if isinstance(each[1], Mapping))


def _queues(found: Form, value: Mapping[str, Any], origin: str) -> None:
    for queue, entries in value.items():
        place = f"{origin}.{queue}"
        for i, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            match entry:
                case [str() as resource, most, *_]:
                    found.queues.append(Serves(str(queue), resource, Said(most, f"{place}[{i}]")))
                case _:
                    remedy = "says no resource and number: write it into the result"
                    found.left.append(Problem(f"{place}[{i}]", "", remedy))
