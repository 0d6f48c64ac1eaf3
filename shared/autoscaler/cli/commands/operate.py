"""What a person does by hand; each act is kept in the history with who, when and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import (
    CONFIG,
    By,
    ConfigFile,
    Host,
    Instance,
    Json,
    Place,
    Project,
    Reason,
    Stage,
)

if TYPE_CHECKING:
    from autoscaler.cli.acts import Acts

Off = Annotated[bool, typer.Option("--off", help="protect it no longer")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
Which = Annotated[
    str,
    typer.Argument(metavar="AUTOSCALER", help="one autoscaler, else all", show_default=False),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE|AUTOSCALER",
        help="an instance as `status` shows it; with --idle or --all an autoscaler, else all",
        show_default=False,
    ),
]
Idle = Annotated[bool, typer.Option("--idle", help="every machine without a task, now")]
All = Annotated[bool, typer.Option("--all", help="every machine, once it has no task")]
Out = Annotated[bool, typer.Option("--out", help="only scale-out: starting machines")]
In = Annotated[bool, typer.Option("--in", help="only scale-in: stopping machines")]


def drain(
    subject: Subject = "",
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    idle: Idle = False,
    all_: All = False,
    reason: Reason = "",
    by: By = "",
    json_output: Json = False,
) -> None:
    """Let an instance stop, unless a task runs on it: then the task goes on, and so does it.

    With --idle every machine without a task stops now, whatever max_idle says. With --all every
    machine stops: what works when its task ends, everything else now. Both leave alone what is
    protected, and both start nothing anew by themselves: for tasks that wait, and for
    min_instances, the next tick starts machines again, unless `pause --out` keeps it from that.
    """
    _check_drain(subject, idle=idle, everything=all_)
    acts = _acts(config, host, stage, project, by, json_output=json_output)
    if idle or all_:
        acts.drain_many(subject, reason, everything=all_)
    else:
        acts.drain(subject, reason)


def protect(
    instance: Instance,
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    off: Off = False,
    reason: Reason = "",
    by: By = "",
    json_output: Json = False,
) -> None:
    """Keep the autoscaler from draining an instance; with --off, no longer.

    What a person asks for, `drain` and `terminate`, still happens.
    """
    _acts(config, host, stage, project, by, json_output=json_output).protect(
        instance, reason, on=not off
    )


def terminate(
    instance: Instance,
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    yes: Yes = False,
    reason: Reason = "",
    by: By = "",
    json_output: Json = False,
) -> None:
    """End an instance whatever it does. A task that runs on it is lost."""
    _acts(config, host, stage, project, by, json_output=json_output).terminate(
        instance, reason, yes=yes
    )


def pause(
    autoscaler: Which = "",
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    out: Out = False,
    in_: In = False,
    reason: Reason = "",
    by: By = "",
    json_output: Json = False,
) -> None:
    """Start and stop no machines (or only one of the two) until `resume`; tasks go on."""
    acts = _acts(config, host, stage, project, by, json_output=json_output)
    acts.pause(autoscaler, reason, scale_out=out or not in_, scale_in=in_ or not out)


def resume(
    autoscaler: Which = "",
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    out: Out = False,
    in_: In = False,
    by: By = "",
    json_output: Json = False,
) -> None:
    """Take `pause` back."""
    acts = _acts(config, host, stage, project, by, json_output=json_output)
    acts.resume(autoscaler, scale_out=out or not in_, scale_in=in_ or not out)


def _check_drain(subject: str, *, idle: bool, everything: bool) -> None:
    from autoscaler.errors import ConfigError, Problem

    if idle and everything:
        raise ConfigError(Problem("--idle", "", "--all is written as well: keep one of the two"))
    if not (subject or idle or everything):
        raise ConfigError(Problem("INSTANCE", "", "name one, or write --idle or --all"))


def _acts(
    config: Path, host: Place, stage: str, project: str, by: str, *, json_output: bool
) -> "Acts":
    from autoscaler.cli.acts import Acts
    from autoscaler.cli.where import deployed

    return Acts(deployed(config, host, stage, project), by, json_output=json_output)
