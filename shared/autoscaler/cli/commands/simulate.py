"""`autoscaler simulate`: what a configuration would have meant for known tasks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, Json

if TYPE_CHECKING:
    from autoscaler.cli.reports.simulation import Simulation
    from autoscaler.cli.simulating import Wanted

Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="AUTOSCALER_CONFIG",
        help="the configuration; several are compared",
        show_default=str(CONFIG),
    ),
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        metavar="KEY=VALUE",
        help="compare with the configuration so changed; several in one: 'KEY=VALUE KEY=VALUE'",
        show_default=False,
    ),
]
Made = Annotated[
    str,
    typer.Option(
        "--workload",
        metavar="NAME",
        help="tasks that are made up: burst100, poisson, onoff, diurnal, cpu-gpu, heavy-tail or"
        " sparse",
        show_default=False,
    ),
]
Trace = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        metavar="FILE",
        help="tasks from a CSV file: job_id,queue,submit_s,duration_s,gpus",
        show_default=False,
    ),
]
Days = Annotated[
    int,
    typer.Option(
        "--from-clearml",
        metavar="DAYS",
        min=0,
        help="the tasks that ClearML ran in so many days until now",
        show_default=False,
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FROM=TO",
        help="put the tasks of one queue into another; * is every queue that is not named",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="another seed, other chances")]
Scale = Annotated[
    float,
    typer.Option("--scale", metavar="FACTOR", help="with --workload: so many times the tasks"),
]
Boot = Annotated[
    float,
    typer.Option("--boot", metavar="SECONDS", help="from launch to first task, on average"),
]
BootP95 = Annotated[
    float,
    typer.Option(
        "--boot-p95",
        metavar="SECONDS",
        help="95 of 100 boots take no longer",
        show_default="1.46 times the mean",
    ),
]
Spot = Annotated[
    Path | None,
    typer.Option(
        "--spot",
        metavar="FILE",
        help="when zones have spot machines, as CSV: zone,start_s,available",
        show_default=False,
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="FILE", help="write a page with plots, to show", show_default=False
    ),
]


def simulate(
    config: Configs = None,
    workload: Made = "",
    trace: Trace = None,
    from_clearml: Days = 0,
    what_if: WhatIf = None,
    map: Map = None,  # noqa: A002  the option's name
    seed: Seed = 1,
    scale: Scale = 1.0,
    boot: Boot = 180.0,
    boot_p95: BootP95 = 0.0,
    spot: Spot = None,
    report: Report = None,
    json_output: Json = False,
) -> None:
    """Say what tasks would have cost and how long they would have waited. Nothing starts.

    The real services run on a virtual clock, with machines that only exist in memory. With
    --from-clearml, ClearML is read; else nobody is asked.
    """
    from autoscaler.cli.simulating import Wanted, check_writable

    wanted = Wanted(
        configs=config or [CONFIG],
        what_if=what_if or [],
        workload=workload,
        trace=trace,
        days=from_clearml,
        map=map or [],
        seed=seed,
        scale=scale,
        boot=boot,
        boot_p95=boot_p95,
        spot=spot,
    )
    if report:
        check_writable(report)
    _show(_simulated(wanted, json_output=json_output), report, json_output=json_output)


def _simulated(wanted: "Wanted", *, json_output: bool) -> "Simulation":
    from autoscaler.cli.simulating import simulated
    from autoscaler.cli.terminal import waiting

    with waiting("reads …", quiet=json_output) as say:
        return simulated(wanted, say)


def _show(simulation: "Simulation", page: Path | None, *, json_output: bool) -> None:
    from autoscaler.cli.terminal import emit, show

    if page:
        from autoscaler.cli.simulating import write

        write(page, simulation)
    if json_output:
        emit(simulation.for_scripts())
        return
    from autoscaler.cli.render.simulation import simulation as rendered

    show(rendered(simulation, page))
