"""The configuration's reference and its JSON Schema, made of the models."""

import json
from collections.abc import Iterator, Sequence
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from autoscaler.config.fields import Says
from autoscaler.config.layout import SECTIONS, Place, flow, plain, plain_default
from autoscaler.config.models import Config
from autoscaler.config.section import Section

_OF_AWS = "`ssm:/path`, `secretsmanager:name`"
_HEAD = f"""\
# Configuration

One YAML or JSON file. `autoscaler init` writes one with every key in it; unknown keys are refused,
and every mistake is told with its line. This page is made by `python -m autoscaler.config docs`.

| kind | how it is written |
|---|---|
| duration | `90s`, `15m`, `2h`, `1h30m`, `1d`: always with its unit |
| reference | where a secret is, never the secret: `env:NAME`, `file:/path`, or a machine's |
| reference of a machine | what it reads with its own role: {_OF_AWS}, `gcp-secret:name` |
| path | relative to the configuration file |
| name | a tag of machines and a part of workers' ids: no colon, no space |
| queue | its name or its id in ClearML |
| time zone | as in the IANA database: `UTC`, `Europe/Berlin` |
| days | `mon-fri`, `sat,sun` |
| time | of the day: `08:00`, `24:00` |

`#KEY` at the end of a machine's reference takes one member of a secret that is a JSON object.

Whoever may enqueue a task may run anything on the machine that takes it. Give the agents a ClearML
user of their own (`agent_access_key`, `agent_secret_key`): tasks can read these keys.
"""
_RESOURCE = "`autoscalers[].resources[]`, provider"
_TITLES: dict[Place, str] = {
    (): "The whole file",
    ("clearml",): "`clearml`",
    ("budget",): "`budget`",
    ("queue_budgets",): "`queue_budgets[]`",
    ("lost_tasks",): "`lost_tasks[]`",
    ("autoscalers",): "`autoscalers[]`",
    ("autoscalers", "resources", "process"): f"{_RESOURCE} `process`",
    ("autoscalers", "resources", "ec2"): f"{_RESOURCE} `ec2`",
    ("autoscalers", "resources", "ec2", "disk"): "`disk` of a resource of `ec2`",
    ("autoscalers", "resources", "ec2", "spot"): "`spot` of a resource of `ec2`",
    ("autoscalers", "resources", "ec2", "regions"): "`regions[]` of a resource of `ec2`",
    ("autoscalers", "resources", "gce"): f"{_RESOURCE} `gce`",
    ("autoscalers", "resources", "gce", "disk"): "`disk` of a resource of `gce`",
    ("autoscalers", "resources", "gce", "shielded"): "`shielded` of a resource of `gce`",
    ("autoscalers", "schedule"): "`schedule[]` of an autoscaler",
    ("autoscalers", "resources", "process", "schedule"): "`schedule[]` of a resource",
    ("aws",): "`aws`",
    ("gcp",): "`gcp`",
    ("machine",): "`machine`",
    ("machine", "git"): "`machine.git`",
    ("machine", "storage"): "`machine.storage`",
    ("machine", "storage", "s3"): "`machine.storage.s3[]`",
    ("machine", "storage", "azure"): "`machine.storage.azure[]`",
    ("machine", "registries"): "`machine.registries[]`",
    ("machine", "proxy"): "`machine.proxy`",
}


def reference() -> str:
    """The page docs/configuration.md."""
    return "\n".join([_HEAD, *(line for place in _TITLES for line in _table(place))])


def json_schema() -> str:
    """docs/autoscaler.schema.json, for completion in editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(schema_generator=_ForEditors),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _ForEditors(GenerateJsonSchema):
    """Defaults as they are written, and nothing that only repeats a key."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        return {k: v for k, v in described.items() if (k, v) != ("default", None)}

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  pydantic calls it so
        return False


def _table(place: Place) -> Iterator[str]:
    section = SECTIONS[place]
    yield f"## {_TITLES[place]}\n"
    yield f"{(section.__doc__ or '').partition(chr(10))[0]}\n"
    yield "| key | type | default | meaning |\n|---|---|---|---|"
    for name, field in section.model_fields.items():
        key = field.alias or name
        yield f"| `{key}` | {_kind(field)} | {_default(field)} | {field.description} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = plain_default(field)
    return "" if default is None else f"`{flow(default)}`"


def _kind(field: FieldInfo) -> str:
    return _said(field.annotation, field.metadata)


def _said(annotation: Any, metadata: Sequence[object] = ()) -> str:
    known = next((mark.kind for mark in metadata if isinstance(mark, Says)), None)
    if known:
        return known
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _said(inside[0], inside[1:])
    if origin is Literal:
        return " · ".join(f"`{word}`" for word in inside)
    if origin in (dict, tuple):
        return "names and values" if origin is dict else f"list of {_said(inside[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "keys, see below"
    # of a value or nothing, or of a union of sections, the first one tells
    return _said(next(part for part in inside if part is not NoneType))
