"""The kinds of values that a configuration is written in."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
    AllowInfNan,
    BeforeValidator,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from autoscaler.config import durations
from autoscaler.config.addresses import address, api_address
from autoscaler.config.faults import mistake, secret
from autoscaler.config.references import (
    PATTERN,
    PATTERN_OF_MACHINES,
    is_reference,
    located,
    machine_reference,
    reference,
)

NAME_PATTERN = "[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?"
WORD_PATTERN = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,58}[A-Za-z0-9])?"
QUEUE_LEAST: Final = 3
MOST: Final = 100_000


@dataclass(frozen=True)
class Says:
    """How the configuration reference calls this kind of value."""

    kind: str


class OrSwitch:
    """For the JSON Schema: true or false is as good as the keys."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, handler(schema)]}


def slug(text: str) -> str:
    """The nearest valid name, or "" when nothing of the text can stay."""
    plain = re.sub("[^a-z0-9]+", "-", text.lower().replace("_", "-"))
    return plain.strip("-")[:40].strip("-")


def folder_of(info: ValidationInfo) -> Path:
    """Where relative paths begin: the folder of the configuration file."""
    context: dict[str, Any] = info.context or {}
    return Path(context.get("folder", ""))


def _name(text: str) -> str:
    if re.fullmatch(NAME_PATTERN, text):
        return text
    near = slug(text)
    hint = f", like {near}" if near else ""
    raise mistake(f"tags are made of it: use a-z, 0-9, and - _ between them, 40 at most{hint}")


def _word(text: str) -> str:
    if re.fullmatch(WORD_PATTERN, text):
        return text
    if ":" in text:
        raise mistake("a colon separates the parts of a worker's id: leave it out here")
    raise mistake("worker ids are made of it: letters, digits, and - _ . between them, 60 at most")


def _queue(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise mistake("take out spaces at its ends and what cannot be seen")
    if len(text) < QUEUE_LEAST:
        raise mistake("a queue's name has at least 3 characters: write its name or its id")
    return text


def _distinct(queues: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((queue for queue in queues if queues.count(queue) > 1), None)
    if twice is not None:
        raise mistake(f"{twice} stands here twice: name each queue once")
    return queues


def _path(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and not value.strip():
        raise mistake("name a file or a folder")
    return located(str(value), folder_of(info)) if isinstance(value, (str, Path)) else value


def _reference(text: str, info: ValidationInfo) -> str:
    return reference(text, folder_of(info))


def _proxy(text: str, info: ValidationInfo) -> str:
    if is_reference(text):
        return reference(text, folder_of(info))
    if "@" in text:
        raise secret("a proxy with a password is a secret: env:HTTPS_PROXY")
    return address(text)


def _schema(kind: str, pattern: str = "") -> WithJsonSchema:
    return WithJsonSchema({"type": kind} | ({"pattern": pattern} if pattern else {}))


Count = Annotated[int, Strict(), Ge(0), Le(MOST), Says("number")]
Slots = Annotated[int, Strict(), Ge(1), Le(MOST), Says("number")]
Price = Annotated[float, Strict(), AllowInfNan(allow_inf_nan=False), Ge(0), Says("number")]
Share = Annotated[float, Strict(), AllowInfNan(allow_inf_nan=False), Ge(0), Le(1), Says("number")]
Switch = Annotated[bool, Strict(), Says("true or false")]
Text = Annotated[str, Says("text")]
Name = Annotated[str, AfterValidator(_name), _schema("string", f"^{NAME_PATTERN}$"), Says("name")]
Word = Annotated[str, AfterValidator(_word), _schema("string", f"^{WORD_PATTERN}$"), Says("name")]
Queue = Annotated[str, AfterValidator(_queue), Says("queue")]
Queues = Annotated[tuple[Queue, ...], AfterValidator(_distinct)]
Location = Annotated[Path, BeforeValidator(_path), _schema("string"), Says("path")]
Reference = Annotated[
    str,
    AfterValidator(_reference),
    _schema("string", PATTERN),
    Says("reference"),
]
MachineReference = Annotated[
    str,
    AfterValidator(machine_reference),
    _schema("string", PATTERN_OF_MACHINES),
    Says("reference of a machine"),
]
Address = Annotated[str, AfterValidator(address), _schema("string", "^https?://"), Says("address")]
ApiAddress = Annotated[
    str, AfterValidator(api_address), _schema("string", "^https?://"), Says("address")
]
Proxy = Annotated[
    str,
    AfterValidator(_proxy),
    _schema("string", "^(https?://|env:|file:|ssm:|secretsmanager:|gcp-secret:)"),
    Says("address or reference"),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(durations.duration),
    PlainSerializer(durations.written, return_type=str),
    _schema("string", durations.PATTERN),
    Says("duration"),
]
