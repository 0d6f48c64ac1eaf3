"""`autoscaler logs`: the machine's own words."""

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Instance, Place, Project, Stage

if TYPE_CHECKING:
    from autoscaler.hosts.machine_logs import Log

Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="go on with what comes, until it ends")
]
Lines = Annotated[
    int | None,
    typer.Option("--lines", "-n", metavar="N", min=0, help="the last N only", show_default="all"),
]


def logs(
    instance: Instance,
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    follow: Follow = False,
    lines: Lines = None,
) -> None:
    """Print what an instance's startup, guard and agents said, for as long as it is kept.

    What the log holds is shown as it is, but for colours and control characters. A machine of
    EC2 that sends its journal to a log group (`logs` of the section machine) is read there, also
    when it is gone; else its console is. Of a boot that
    failed, the last lines stay in the table: they are shown when the machine's log is gone.
    """
    from autoscaler.cli.escape import log_line
    from autoscaler.cli.find import remembered
    from autoscaler.cli.where import deployed
    from autoscaler.errors import ConfigError, Problem
    from autoscaler.hosts.machine_logs import log_of

    where = deployed(config, host, stage, project)
    row = remembered(instance, where.table)
    if not row.instance_id:
        remedy = f"it has no machine ({row.phase}: {row.reason})"
        raise ConfigError(Problem("INSTANCE", instance, remedy))
    log = log_of(where, row)
    if log is None and not row.console:
        remedy = f"its compute {row.compute} is no longer in the configuration"
        raise ConfigError(Problem("INSTANCE", instance, remedy))
    found = 0
    for line in _lines(log, row.instance_id, follow=follow, last=lines) if log else ():
        sys.stdout.write(log_line(line) + "\n")
        sys.stdout.flush()
        found += 1
    if not found and lines != 0:
        _tell_kept(row.console[-lines:] if lines else row.console)


def _tell_kept(console: Sequence[str]) -> None:
    """What the table has of a machine whose log is gone."""
    from autoscaler.cli.escape import log_line

    if not console:
        typer.echo("no log: nothing was written yet, or it is no longer kept", err=True)
        return
    typer.echo("its log is no longer kept; the last lines of its boot, without secrets:", err=True)
    for line in console:
        typer.echo(log_line(line))


def _lines(log: "Log", instance_id: str, *, follow: bool, last: int | None) -> Iterator[str]:
    if last is None:
        return log.log(instance_id, follow=follow)
    if not follow:
        return iter(deque(log.log(instance_id), maxlen=last))
    written = sum(1 for _ in log.log(instance_id))
    return islice(log.log(instance_id, follow=True), max(0, written - last), None)
