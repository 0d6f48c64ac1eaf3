"""What only a deployment in a cloud has: dead letters, and an end."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, By, ConfigFile, Host, Json, Place, Project, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autoscaler.hosts.functions.remote import Taken

Now = Annotated[bool, typer.Option("--now", help="end machines that work, too; tasks come back")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
_LOOK = 5.0


def redrive(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> None:
    """Hand over again what the launcher or the reaper gave up after several attempts.

    A message is only a pointer at a row: one that is outdated does nothing. Look for what made it
    fail first, or it comes back.
    """
    from autoscaler.cli.terminal import emit
    from autoscaler.cli.where import in_cloud

    moved = in_cloud(config, host, stage, project).redrive()
    if json_output:
        emit({"moved": moved})
        return
    for name, count in moved.items():
        typer.echo(f"{name}: {count} handed over again" if count else f"{name}: holds nothing")


def remove(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    now: Now = False,
    yes: Yes = False,
    by: By = "",
    json_output: Json = False,
) -> int:
    """Let all machines go and wait until none is left, so that the deployment can be removed.

    Nothing starts any more: tasks stay in their queues. Machines that work end with their task,
    or at once with --now. Ctrl-C ends the waiting; `autoscaler resume` takes it back. Then what
    launches left behind is deleted: launch templates, and the machines' guard in other regions.
    Exit code 1 when some of it could not be.
    """
    from autoscaler.cli import people
    from autoscaler.cli.terminal import emit
    from autoscaler.cli.where import in_cloud
    from autoscaler.hosts.removal import Removal

    where = in_cloud(config, host, stage, project)
    removal = Removal(where, people.who(by), everything=now)
    question = f"Let all machines of {where.config.name} go, and start none any more?"
    people.confirm(question, yes=yes)
    left = removal.press()
    told = None
    while left:
        if left != told and not json_output:
            typer.echo(f"{left} still there …", err=True)
        told = left
        time.sleep(_LOOK)
        left = removal.press()
    taken = list(where.tidy())
    problems = [each.problem for each in taken if each.problem]
    if json_output:
        deleted = [name for each in taken for name in each.names]
        emit({"left": 0, "deleted": deleted, "problems": problems, "next": where.removed_by})
    else:
        _tell(taken)
        typer.echo(f"No machine is left. The table is kept. Now: {where.removed_by}")
    return 1 if problems else 0


def _tell(taken: "Sequence[Taken]") -> None:
    for each in taken:
        for name in each.names:
            typer.echo(f"{each.region}: {name} is deleted")
        if each.problem:
            typer.echo(f"{each.region}: not everything could be deleted: {each.problem}", err=True)
