"""`autoscaler status`: reads the table, and nothing else."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Json, Place, Project, Stage

if TYPE_CHECKING:
    from autoscaler.cli.reports.status import Status
    from autoscaler.hosts.deployed import Deployed

Watch = Annotated[bool, typer.Option("--watch", "-w", help="look again and again, until Ctrl-C")]
Interval = Annotated[
    float, typer.Option("--interval", metavar="SECONDS", min=0.2, help="how often --watch looks")
]


def status(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    watch: Watch = False,
    interval: Interval = 1.0,
    json_output: Json = False,
) -> None:
    """Show queues, resources and instances, from the state table.

    It works while `up` runs, and when nothing runs; ClearML is not asked.
    """
    from autoscaler.cli.terminal import emit, out, show
    from autoscaler.cli.where import deployed

    look = _looker(deployed(config, host, stage, project))
    if watch:
        _watch(look, interval, json_output=json_output)
        return
    report = look()
    if json_output:
        emit(report.model_dump(mode="json"))
        return
    from autoscaler.cli.render.status import status as rendered

    console = out()
    show(rendered(report, console.width), console)


def _looker(where: "Deployed") -> "Callable[[], Status]":
    from autoscaler.cli.reports.status import status as report
    from autoscaler.hosts.prices import lists, sought

    table, clock, config = where.table, where.clock, where.config
    prices = lists(sought(config), table)[0]
    interval = config.polling_interval
    return lambda: report(where.deployment, table.live(), clock.now(), interval, prices)


def _watch(look: "Callable[[], Status]", interval: float, *, json_output: bool) -> None:
    from autoscaler.cli.terminal import emit, out, show

    if json_output:
        while True:
            emit(look().model_dump(mode="json"), line=True)
            time.sleep(interval)
    from autoscaler.cli.render.status import status as rendered

    console = out()
    while not console.is_terminal:
        show(rendered(look(), console.width), console)
        sys.stdout.flush()
        time.sleep(interval)
    from rich.live import Live

    with Live(rendered(look(), console.width), console=console, auto_refresh=False) as live:
        while True:
            live.update(rendered(look(), console.width), refresh=True)
            time.sleep(interval)
