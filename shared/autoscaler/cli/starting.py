"""What `init` does: proposes queues, writes the file, says how to go on."""

from collections.abc import Mapping
from pathlib import Path

from rich.text import Text

from autoscaler.cli.escape import visible
from autoscaler.cli.render.words import DIM, GOOD, NEWS
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem

_KEYS = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")


def queues_of(api: str) -> list[str]:
    """The names of all queues that a configuration can hold, in alphabetical order.

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
    if not usable:
        raise ConfigError(Problem("clearml.api", api, "it has no queue yet: create one first"))
    return usable


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


def next_steps(path: Path, queues: list[str], environ: Mapping[str, str]) -> Text:
    """What was written, and the commands that come next."""
    option = "" if path == Path("autoscaler.yaml") else f" -c {path}"
    shown = ", ".join(queues[:5]) + (", …" if len(queues) > len(queues[:5]) else "")
    line = Text("✓ ", GOOD).append(visible(str(path)), "bold not green")
    line.append(f" with {many(len(queues), 'queue')}: {visible(shown)}\n\n", "default")
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


def _can_be_written(name: str) -> bool:
    from autoscaler.config import starter

    try:
        starter([name])
    except ConfigError:
        return False
    return True
