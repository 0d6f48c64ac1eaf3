"""What only a deployment in a cloud has: dead letters, and an end."""

import time
from typing import Annotated

import typer

from autoscaler.cli.options import CONFIG, By, ConfigFile, Host, Json, Place, Stage

Now = Annotated[bool, typer.Option("--now", help="end machines that work, too; tasks come back")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
_LOOK = 5.0


def redrive(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    json_output: Json = False,
) -> None:
    """Hand over again what the launcher or the reaper gave up after several attempts.

    A message is only a pointer at a row: one that is outdated does nothing. Look for what made it
    fail first, or it comes back.
    """
    from autoscaler.cli.terminal import emit
    from autoscaler.cli.where import on_aws

    moved = on_aws(config, host, stage).redrive()
    if json_output:
        emit({"moved": moved})
        return
    for name, count in moved.items():
        typer.echo(f"{name}: {count} handed over again" if count else f"{name}: holds nothing")


def remove(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    now: Now = False,
    yes: Yes = False,
    by: By = "",
    json_output: Json = False,
) -> None:
    """Let all machines go and wait until none is left, so that the deployment can be removed.

    Nothing starts any more: tasks stay in their queues. Machines that work end with their task,
    or at once with --now. Ctrl-C ends the waiting; `autoscaler resume` takes it back.
    """
    from autoscaler.cli import people
    from autoscaler.cli.terminal import emit
    from autoscaler.cli.where import on_aws
    from autoscaler.hosts.removal import Removal

    where = on_aws(config, host, stage)
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
    command = "build/osls/node_modules/.bin/osls remove"
    if json_output:
        emit({"left": 0, "next": command})
    else:
        typer.echo(f"No machine is left. The table is kept. Now: {command}")
