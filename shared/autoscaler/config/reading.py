"""From a file to a Config, or to every mistake in it at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from autoscaler.config import translate
from autoscaler.config.checks import cross_checks
from autoscaler.config.faults import Fault, dotted
from autoscaler.config.models import Config
from autoscaler.errors import ConfigError, Problem

if TYPE_CHECKING:
    from autoscaler.config.document import Document

_LARGEST = 1_000_000


def load(path: Path | str) -> Config:
    """The configuration in this file; its relative paths begin at the file's folder.

    Raises ConfigError with every mistake, each with the line on which it stands.
    """
    file = Path(path)
    return parse(_text(file), str(path), folder=file.absolute().parent)


def parse(text: str, source: str = "configuration", *, folder: Path | None = None) -> Config:
    """The same of a text; `source` is what its problems call it.

    Sound JSON is read without the YAML reader, whose import alone takes longer than all the rest.
    """
    if len(text) > _LARGEST:
        remedy = f"larger than {_LARGEST} characters: this is no configuration"
        raise ConfigError(Problem(source, "", remedy))
    sound = _sound_json(text, folder or Path())
    if sound:
        return sound
    document = _composed(text, source)
    if document.data is None and not document.faults:
        raise ConfigError(
            Problem(source, "", "is empty: `autoscaler init` writes one to start from")
        )
    if not isinstance(document.data, dict):
        remedy = "begins with a key, like autoscalers: `autoscaler init` writes one to start from"
        raise ConfigError(Problem(source, "", remedy))
    return _validated(document, source, folder or Path())


def render(config: Config) -> str:
    """YAML that `parse` reads as the same configuration; defaults are left out."""
    import yaml  # noqa: PLC0415  a function that reads JSON does without

    data = config.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            return stream.read(_LARGEST + 1)
    except FileNotFoundError:
        remedy = "no such file: `autoscaler init` writes one"
    except IsADirectoryError:
        remedy = "this is a folder: name the file in it"
    except UnicodeDecodeError:
        remedy = "not UTF-8: save it as plain text in UTF-8"
    except (OSError, ValueError) as error:
        remedy = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ConfigError(Problem(str(file), "", remedy))


def _sound_json(text: str, folder: Path) -> Config | None:
    """None for what is no JSON, or has any mistake: with YAML its line can be told."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(text, object_pairs_hook=_once)
        config = Config.model_validate(data, context={"folder": folder})
    except (ValueError, RecursionError):
        return None
    return None if list(cross_checks(data)) else config


def _once(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    """ValueError for a key that is written twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice")
    return found


def _composed(text: str, source: str) -> Document:
    import yaml  # noqa: PLC0415  a function that reads JSON does without

    from autoscaler.config.document import compose  # noqa: PLC0415  the same
    from autoscaler.config.syntax import explain  # noqa: PLC0415  the same

    try:
        return compose(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        place, remedy = explain(error, text)
        raise ConfigError(Problem(f"{source}{place}", "", remedy)) from None


def _validated(document: Document, source: str, folder: Path) -> Config:
    found = [*document.faults, *cross_checks(document.data)]
    try:
        config = Config.model_validate(document.data, context={"folder": folder})
    except ValidationError as error:
        found += translate.faults(error)
    else:
        if not found:
            return config
    raise ConfigError(*_problems(document, source, found)) from None


def _problems(document: Document, source: str, found: list[Fault]) -> list[Problem]:
    lines = {fault: _line(document, fault) for fault in found}
    return [
        Problem(f"{dotted(fault.where) or source} (line {line})", fault.value, fault.remedy)
        for fault, line in sorted(lines.items(), key=lambda item: item[1])
    ]


def _line(document: Document, fault: Fault) -> int:
    """Where it stands, or where what should hold it begins."""
    where = fault.where
    while where not in document.lines:
        where = where[:-1]
    return document.lines[where]
