"""`autoscaler config …`: a configuration that lives in the state table."""

from pathlib import Path
from typing import Annotated

import typer

from autoscaler.cli.options import (
    CONFIG,
    By,
    ConfigFile,
    Host,
    Json,
    Place,
    Project,
    Reason,
    Stage,
)

TableFile = Annotated[
    str,
    typer.Option(
        "--table",
        "-t",
        metavar="FILE",
        help="on this computer: the state table's SQLite file",
        show_default="as the configuration names it",
    ),
]
Stored = Annotated[bool, typer.Option("--stored", help="what the table holds, not the file")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="write it there, not here")
]
_PACKAGED = (
    "the functions still go by the packaged file: deploy with {} to make them go by the table"
)
Force = Annotated[bool, typer.Option("--force", help="overwrite the file")]


def validate(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    stored: Stored = False,
    table: TableFile = "",
    json_output: Json = False,
) -> None:
    """Read a configuration as the autoscaler does and tell every mistake; `check` looks further.

    With --host aws also what that deployment could not use without being deployed anew, with
    --host gcp what no function there can use. Exit code 2 when it has any.
    """
    from autoscaler.cli import configuring
    from autoscaler.cli.reports.check import configuration
    from autoscaler.cli.terminal import emit, out
    from autoscaler.cli.where import site_of
    from autoscaler.config import load, parse
    from autoscaler.config.stored import SOURCE

    if stored or table:
        read = parse(
            configuring.stored(config, host, stage, project, table, readonly=True).text, SOURCE
        )
    elif host is not Place.LOCAL:
        read = configuring.checked_for(site_of(config, host, stage, project), config)
    else:
        read = load(config)
    found = configuration(read).found
    if json_output:
        emit({"ok": True, "found": found})
    else:
        out().print(f"✓ {found}: no mistakes", soft_wrap=True)


def diff(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    table: TableFile = "",
    json_output: Json = False,
) -> int:
    """Show what `push` would change in the table. Exit code 1 when that is anything."""
    from autoscaler.cli.configuring import stored
    from autoscaler.cli.terminal import emit

    lines = stored(config, host, stage, project, table, readonly=True).diff(config)
    if json_output:
        emit({"changed": bool(lines), "diff": lines})
    elif lines:
        _print(lines)
    return 1 if lines else 0


def push(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    table: TableFile = "",
    reason: Reason = "",
    by: By = "",
    json_output: Json = False,
) -> None:
    """Write a configuration into the table: a row for each autoscaler, one for what is beside.

    All of it is written or nothing; who, when and why is kept in the history. A row holds what
    the keys say, without comments. With --host aws it is refused when the deployment's roles
    were not made for it: its name, regions and accounts change with `osls deploy` only. On Google
    Cloud the functions refuse it then, and tell.
    """
    from autoscaler.cli import people
    from autoscaler.cli.configuring import stored
    from autoscaler.cli.terminal import emit, out

    kept = stored(config, host, stage, project, table, readonly=False)
    counts = kept.counts
    pushed = kept.push(config, by=people.who(by), reason=reason)
    if not counts:
        typer.echo(_PACKAGED.format(kept.to_count), err=True)
    if json_output:
        emit(pushed._asdict())
        return
    lines = [f"✓ {_called(key)} is written" for key in pushed.written]
    lines += [f"✓ {_called(key)} is removed" for key in pushed.removed]
    for line in lines or ["the table holds it already"]:
        out().print(line, soft_wrap=True)


def pull(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    table: TableFile = "",
    output: Output = None,
    force: Force = False,
) -> None:
    """Print the configuration that the table holds, mistakes and all.

    With --host and --stage no file is needed.
    """
    from autoscaler.cli.configuring import stored
    from autoscaler.cli.starting import write

    text = stored(config, host, stage, project, table, readonly=True).text
    if output is None:
        typer.echo(text, nl=False)
    else:
        write(output, text, force=force)


def _called(key: str) -> str:
    return "what stands beside the autoscalers" if key == "*" else key


def _print(lines: list[str]) -> None:
    from rich.text import Text

    from autoscaler.cli.escape import visible
    from autoscaler.cli.render.words import BAD, DIM, GOOD
    from autoscaler.cli.terminal import out

    styles = {"+": GOOD, "-": BAD, "@": DIM}
    for line in lines:
        out().print(Text(visible(line), styles.get(line[:1], "")), soft_wrap=True)
