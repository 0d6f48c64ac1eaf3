"""What `init` does: proposes queues, writes the file, says how to go on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.text import Text

from autoscaler.cli.escape import visible
from autoscaler.cli.render.words import ATTENTION, DIM, GOOD, NEWS
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem

_KEYS = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")
_SHOWN = 5


class Queues(NamedTuple):
    """Names in alphabetical order: those a configuration can hold, and the others."""

    usable: Sequence[str]
    left_out: Sequence[str] = ()


def queues_of(api: str) -> Queues:
    """The names of all queues of the server.

    ConfigError for missing or refused credentials, and a server that cannot be read.
    """
    from autoscaler.adapters.clearml import ClearmlQueues
    from autoscaler.cli.failures import asking
    from autoscaler.config import parse, starter
    from autoscaler.hosts.local import Local

    config = parse(starter(api=api))
    with asking(config.clearml):
        names = ClearmlQueues(Local(config).clearml).names()
    usable = [name for name in sorted(names) if _can_be_written(name)]
    left_out = [name for name in sorted(names) if name not in usable]
    if usable:
        return Queues(usable, left_out)
    remedy = "it has no queue yet: create one first"
    if left_out:
        remedy = f"no name of its {many(len(left_out), 'queue')} can be written: rename one first"
    raise ConfigError(Problem("clearml.api", api, remedy))


def write(path: Path, content: str, *, force: bool) -> None:
    """ConfigError when the file is there already, or cannot be written."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError as error:
        remedy = "is there already: --force overwrites it, --output names another"
        raise ConfigError(Problem("--output", str(path), remedy)) from error
    except OSError as error:
        remedy = f"cannot be written ({error.strerror}): name another with --output"
        raise ConfigError(Problem("--output", str(path), remedy)) from error


def next_steps(path: Path, queues: Queues, environ: Mapping[str, str]) -> Text:
    """What was written, and the commands that come next."""
    option = "" if path == Path("autoscaler.yaml") else f" -c {path}"
    line = Text("✓ ", GOOD).append(visible(str(path)), "bold not green")
    line.append(f" with {_counted(queues.usable)}\n", "default")
    if queues.left_out:
        why = "their names cannot be written in a configuration"
        line.append(f"! Left out, as {why}: {_counted(queues.left_out)}\n", ATTENTION)
    line.append("\n")
    line.append("Next\n", "bold")
    steps = [(f"edit {path}", "queues, limits, how agents run")]
    if not all(environ.get(key) for key in _KEYS):
        steps += [(f"export {key}=…", "ClearML: Settings > Workspace") for key in _KEYS]
    steps += [
        (f"autoscaler check{option}", "is all of it right?"),
        (f"autoscaler plan{option}", "what would it do?"),
        (f"autoscaler up{option}", "go"),
    ]
    width = max(len(step) for step, _ in steps)
    for step, meaning in steps:
        line.append(f"  {visible(step):<{width}}", NEWS).append(f"  {meaning}\n", DIM)
    line.right_crop(1)
    return line


def _counted(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"{many(len(names), 'queue')}: {visible(shown)}"


def _can_be_written(name: str) -> bool:
    from pydantic import TypeAdapter, ValidationError

    from autoscaler.config.fields import Queue

    try:
        TypeAdapter(Queue).validate_python(name)
    except ValidationError:
        return False
    return True
