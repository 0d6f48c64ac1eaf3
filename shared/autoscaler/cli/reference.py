"""The page docs/cli.md, made of the commands themselves."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from autoscaler.cli.app import app

_HEAD = """\
# Command line

`autoscaler COMMAND --help` says the same in a terminal. This page is made by
`python -m autoscaler.cli docs`.

| exit code | meaning |
|---|---|
| 0 | well; for `up` also: stopped orderly by Ctrl-C or SIGTERM |
| 1 | failed on the way, or a question was answered with no |
| 2 | bad input (option, configuration, secret, credentials, server): nothing was started |
| 130 | ended at once by Ctrl-C: a command that was waiting, or `up` at the second Ctrl-C |

Results go to stdout, errors and logs to stderr: a line for each problem, `field = value: remedy`.
With `--json` they are `{"error": {"problems": [{"field", "value", "remedy"}]}}`. Times in JSON are
ISO 8601 in UTC, and more keys may be added later. Colours are off when stdout is no terminal, or
when `NO_COLOR` is set. `autoscaler --install-completion` teaches your shell to complete commands.

An INSTANCE is named by what `status` shows (`5N1A.0`), by its key or the beginning of it, or by
the id of its machine or worker.
"""


def reference() -> str:
    """The whole page."""
    root: Any = get_command(app)
    lines = [_HEAD]
    kinds = dict.fromkeys(command.rich_help_panel for command in root.commands.values())
    for kind in kinds:
        lines += [f"## {kind}", ""]
        for name, command in commands(root):
            if command.rich_help_panel == kind:
                lines += _command(name, command)
    return "\n".join(lines)


def commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by all its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"### `autoscaler {name}`"
    yield ""
    yield command.help
    yield ""
    yield "| argument or option | default | meaning |\n|---|---|---|"
    for param in command.params:
        yield f"| {_names(param)} | {_default(param)} | {param.help} |"
    yield ""
    yield "```console"
    yield from (f"$ {line.strip()}" for line in command.epilog.splitlines()[2:])
    yield "```"
    yield ""


def _names(param: Any) -> str:
    first, *others = param.opts
    if not first.startswith("-"):
        return f"`{param.metavar}`"
    choices = param.type_descriptor.choices or ()
    takes = param.metavar or "\\|".join(choice.value for choice in choices)
    return ", ".join(f"`{option}`" for option in [f"{first} {takes}".strip(), *others])


def _default(param: Any) -> str:
    if param.required:
        return "required"
    if isinstance(param.show_default, str):
        return param.show_default
    shown = "" if param.default in (None, "", False) else f"`{param.default}`"
    return f"{shown}, or `{param.envvar}`" if param.envvar else shown
