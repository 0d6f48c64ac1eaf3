"""A configuration to start from: every key, with what it means."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from autoscaler.config.addresses import HOSTED
from autoscaler.config.fields import slug
from autoscaler.config.layout import SECTIONS, Place, flow, in_short, plain_default
from autoscaler.config.reading import parse

_COLUMN = 46
_HEAD = """\
# The autoscaler's configuration. A line with # in front of its key shows what else there is.
# All keys: docs/configuration.md
"""


def starter(
    queues: Sequence[str] = ("default",),
    *,
    api: str = HOSTED,
    schema: str = "",
) -> str:
    """YAML with every key and its meaning, and a resource for each of `queues`.

    `schema` is where an editor finds the JSON Schema, as seen from the file. The text loads as it
    stands; raises ConfigError when `api` or a queue's name cannot be written in a configuration.
    """
    first, *others = _resources(queues or ("default",))
    lines = [
        *([f"# yaml-language-server: $schema={schema}"] if schema else []),
        _HEAD,
        *_section((), {"deployment": "default", "polling_interval": "10s", "max_instances": 4}),
        "",
        "clearml:",
        *_indented(_section(("clearml",), {"api": api, **_key_defaults()})),
        "",
        "autoscalers:",
        *_item(_section(("autoscalers",), {"name": "team", "max_idle": "15m"})),
        "    resources:",
        *_indented(_item(_section(("autoscalers", "resources", "process"), first)), "    "),
    ]
    for other in others:
        lines += ["", *_indented(_item(_brief(other)), "    ")]
    text = "".join(f"{_aligned(line)}\n" for line in lines)
    parse(text, "starter")
    return text


def _resources(queues: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    taken: set[str] = set()
    for number, queue in enumerate(dict.fromkeys(queues), start=1):
        name = slug(queue)
        if not name or name in taken:
            name = f"queue-{number}"
        taken.add(name)
        yield {"name": name, "provider": "process", "queues": [queue], "max_instances": 2}


def _key_defaults() -> Mapping[str, Any]:
    fields = SECTIONS["clearml",].model_fields
    return {key: fields[key].default for key in ("access_key", "secret_key")}


def _section(place: Place, written: Mapping[str, Any]) -> Iterator[str]:
    """Each key of the section: written when it has a value, else shown behind a #."""
    for name, field in SECTIONS[place].model_fields.items():
        key = field.alias or name
        is_part = (*place, key) in SECTIONS or key == "resources"
        if is_part and not in_short((*place, key)):
            continue
        if key in written:
            yield _explained(f"{key}: {flow(written[key])}", field)
        else:
            yield _explained(f"# {key}: {flow(_sample(field))}", field)


def _sample(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return plain_default(field)


def _brief(written: Mapping[str, Any]) -> Iterator[str]:
    for key, value in written.items():
        yield f"{key}: {flow(value)}"


def _explained(text: str, field: FieldInfo) -> str:
    return f"{text}\t{field.description}"


def _aligned(line: str) -> str:
    text, _, meaning = line.partition("\t")
    return f"{text:<{_COLUMN}} # {meaning}" if meaning else text


def _indented(lines: Iterator[str], by: str = "  ") -> Iterator[str]:
    for line in lines:
        yield by + line


def _item(lines: Iterator[str]) -> Iterator[str]:
    yield f"  - {next(lines)}"
    for line in lines:
        yield f"    {line}"
