"""`autoscaler doctor`: whether machines could start, and work once they have."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autoscaler.cli.options import CONFIG, ConfigFile, Host, Json, Place, Project, Stage

if TYPE_CHECKING:
    from autoscaler.ports import Finding


def doctor(
    config: ConfigFile = CONFIG,
    host: Host = Place.LOCAL,
    stage: Stage = "",
    project: Project = "",
    json_output: Json = False,
) -> int:
    """Look at all that machines need, in ClearML and in the cloud: a line each, with its remedy.

    Nothing is changed and nothing starts: EC2 is asked what it would say, Google what it has. It
    looks with the rights of whoever runs it. Exit code 2 when anything is wrong.
    """
    from autoscaler.cli.failures import BAD_INPUT
    from autoscaler.cli.reports.check import checked
    from autoscaler.cli.terminal import emit, show, waiting

    lines: list[Finding] = []
    with waiting("looks …", quiet=json_output) as say:
        for line in _examined(config, host, stage, project):
            say(f"looks … {line.resource} {line.check}")
            lines.append(line)
    told = checked(lines)
    if json_output:
        emit(told.model_dump(mode="json"))
    else:
        from autoscaler.cli.render.check import doctor as rendered

        show(rendered(told))
    return 0 if told.ok else BAD_INPUT


def _examined(config: ConfigFile, host: Place, stage: str, project: str) -> "Iterator[Finding]":
    from autoscaler.cli.reports.check import configuration, mistakes
    from autoscaler.cli.where import deployed
    from autoscaler.errors import ConfigError

    try:
        where = deployed(config, host, stage, project)
    except ConfigError as error:
        yield from mistakes("configuration", error)
        return
    from autoscaler.cli.examining import examined

    yield configuration(where.config)
    yield from examined(where)
