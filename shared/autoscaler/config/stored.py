"""The configuration in the state table: a row for each autoscaler, and one for what is beside.

Rows hold what the keys say, without comments; a row's text may be edited in a database console.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import yaml

from autoscaler.config.document import compose
from autoscaler.config.models import Config
from autoscaler.config.reading import parse, render
from autoscaler.core.ledger import ConfigRow, Ref, Row
from autoscaler.errors import ConfigError, Problem

TOP = "*"
SOURCE = "the configuration in the table"


class Change(NamedTuple):
    """The rows that differ, each with the revision that it is written over."""

    put: tuple[ConfigRow, ...]
    remove: tuple[ConfigRow, ...]


def change(text: str, before: Sequence[ConfigRow], *, by: str, at: datetime) -> Change:
    """What makes the rows hold this configuration; ConfigError when it has mistakes.

    Paths are kept as they are written: whoever reads the rows has another folder.
    """
    whole = _data(render(parse(text)))
    sections = whole.pop("autoscalers")
    names = tuple(section["name"] for section in sections)
    revisions = {row.key: row.revision for row in before}
    rows = [
        ConfigRow(
            key=key,
            revision=revisions.get(key, 0),
            autoscalers=names if key == TOP else (),
            text=_dumped(part),
            by=by,
            at=at,
        )
        for key, part in ((TOP, whole), *zip(names, sections, strict=True))
    ]
    known = {row.key: row for row in before}
    put = tuple(row for row in rows if not _same(row, known.get(row.key)))
    gone = known.keys() - {row.key for row in rows}
    return Change(put, tuple(row for row in before if row.key in gone))


def read(find: Callable[[Ref], Row | None]) -> list[ConfigRow]:
    """The rows as `find` (State.read) gives them; none when there is no configuration."""
    top = find(Ref("config", TOP))
    names = top.autoscalers if isinstance(top, ConfigRow) else ()
    found = [top, *(find(Ref("config", name)) for name in names)]
    return [row for row in found if isinstance(row, ConfigRow)]


def joined(rows: Sequence[ConfigRow]) -> str:
    """All rows as one YAML text, as they are; ConfigError names a row that is no YAML."""
    if not rows:
        remedy = "there is none yet: `autoscaler config push` writes it"
        raise ConfigError(Problem(SOURCE, "", remedy))
    missing = [name for name in rows[0].autoscalers if name not in {row.key for row in rows}]
    if missing:
        remedy = "its row is missing: push the configuration again"
        raise ConfigError(Problem(f"config {missing[0]}", "", remedy))
    top, *autoscalers = map(_part, rows)
    return _dumped({**top, "autoscalers": autoscalers})


def stored(find: Callable[[Ref], Row | None]) -> Config:
    """The configuration that a table holds; ConfigError with every mistake in it."""
    return parse(joined(read(find)), SOURCE)


def _same(row: ConfigRow, before: ConfigRow | None) -> bool:
    return before is not None and (row.text, row.autoscalers) == (before.text, before.autoscalers)


def _part(row: ConfigRow) -> dict[str, Any]:
    try:
        return _data(row.text)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        remedy = "its text is no YAML with keys: mend it, or push the configuration again"
        raise ConfigError(Problem(f"config {row.key}", "", remedy)) from error


def _data(text: str) -> dict[str, Any]:
    data = compose(text).data
    if not isinstance(data, dict):
        raise TypeError("no keys")
    return data


def _dumped(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)
