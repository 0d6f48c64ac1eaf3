"""`autoscaler explain`: why it did or did not scale, and why an instance is (not) there."""

from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Json, Place, Project, Stage

if TYPE_CHECKING:
    from autoscaler.hosts.deployed import Deployed

Subject = Annotated[
    str,
    typer.Argument(
        metavar="AUTOSCALER|INSTANCE",
        help="an autoscaler's name, or an instance as `status` shows it, also one long gone",
        show_default=False,
    ),
]


def explain(
    subject: Subject = "",
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> None:
    """Say why an autoscaler did or did not scale, or why an instance is still there or went.

    Reads the state table: what each tick noted, and the history. ClearML is not asked.
    """
    from autoscaler.cli.where import deployed

    where = deployed(config, host, stage, project)
    names = [autoscaler.name for autoscaler in where.deployment.autoscalers]
    if subject and subject not in names:
        _instance(where, subject, json_output=json_output)
    else:
        _autoscalers(where, [subject] if subject else names, json_output=json_output)


def _autoscalers(where: "Deployed", names: list[str], *, json_output: bool) -> None:
    from autoscaler.cli.reports.explain import autoscaler
    from autoscaler.cli.terminal import emit, show

    told = [
        autoscaler(
            each, where.deployment, where.table, where.clock.now(), where.config.polling_interval
        )
        for each in where.deployment.autoscalers
        if each.name in names
    ]
    if json_output:
        emit({"autoscalers": [each.model_dump(mode="json") for each in told]})
        return
    from autoscaler.cli.render.explain import autoscaler as rendered

    for number, each in enumerate(told):
        show(rendered(each, after_another=number > 0))


def _instance(where: "Deployed", words: str, *, json_output: bool) -> None:
    from autoscaler.cli.find import remembered
    from autoscaler.cli.reports.life import instance
    from autoscaler.cli.terminal import emit, show

    row = remembered(words, where.table)
    told = instance(row, where.deployment, where.table, where.clock.now())
    if json_output:
        emit(told.model_dump(mode="json"))
        return
    from autoscaler.cli.render.explain import instance as rendered

    show(rendered(told))
