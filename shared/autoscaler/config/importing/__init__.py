"""ClearML's own autoscalers, read as our configuration: a file, a task, an exported form."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autoscaler.config.importing.result import Kept
from autoscaler.config.importing.settings import of_form
from autoscaler.config.importing.source import form, of_task, read
from autoscaler.config.importing.writing import written
from autoscaler.config.reading import parse, render
from autoscaler.errors import ConfigError, Problem

__all__ = ["Imported", "Kept", "of_settings", "of_task", "of_text"]

_HEAD = """\
# Imported from {source}.
# Behind each # stands where a value comes from. All keys: docs/configuration.md
"""


class Imported(NamedTuple):
    """`problems` are the result's own mistakes, `left` what was not taken over as it stood."""

    text: str
    secrets: Sequence[Kept]
    left: Sequence[Problem]
    problems: Sequence[Problem]


def of_text(text: str, source: str, *, name: str, api: str) -> Imported:
    """A file of ClearML's, or one of ours. ConfigError when it is neither."""
    data = read(text, source)
    if "autoscalers" in data:
        return Imported(render(parse(text, source)), (), (), ())
    return of_settings(data, source, name=name, api=api)


def of_settings(data: Mapping[str, Any], source: str, *, name: str, api: str) -> Imported:
    """The same of settings that are read already."""
    found = form(data)
    if not found.resources:
        remedy = "no resource is in it: is it the configuration of a ClearML autoscaler?"
        raise ConfigError(Problem(source, "", remedy))
    result = of_form(found, name, api)
    text = _HEAD.format(source=source) + written(result.tree)
    return Imported(text, result.secrets, result.left, _problems(text, source))


def _problems(text: str, source: str) -> Sequence[Problem]:
    try:
        parse(text, source)
    except ConfigError as error:
        return error.problems
    return ()
