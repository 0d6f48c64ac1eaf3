"""`autoscaler check`: whether all of it is right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Json

if TYPE_CHECKING:
    from autoscaler.ports import Finding

Offline = Annotated[bool, typer.Option("--offline", help="look at the file only")]
Strict = Annotated[bool, typer.Option("--strict", help="a queue that does not exist is an error")]


def check(
    config: ConfigFile = CONFIG,
    offline: Offline = False,
    strict: Strict = False,
    json_output: Json = False,
) -> int:
    """Look for every mistake: in the file, the secrets, the server, the queues, this computer.

    Nothing is changed and nothing starts. Exit code 2 when anything is wrong.
    """
    from autoscaler.cli.failures import BAD_INPUT
    from autoscaler.cli.reports.check import checked
    from autoscaler.cli.terminal import emit, show, waiting

    with waiting("looks …", quiet=json_output):
        told = checked(_lines(config, offline=offline, strict=strict))
    if json_output:
        emit(told.model_dump(mode="json"))
    else:
        from autoscaler.cli.render.check import check as rendered

        show(rendered(told, offline=offline))
    return 0 if told.ok else BAD_INPUT


def _lines(config: Path, *, offline: bool, strict: bool) -> "list[Finding]":
    from autoscaler.cli.reports.check import configuration, mistakes
    from autoscaler.config import load
    from autoscaler.errors import ConfigError

    try:
        loaded = load(config)
    except ConfigError as error:
        return [*mistakes("configuration", error)]
    lines = [configuration(loaded)]
    if not offline:
        from autoscaler.cli.checking import preflight
        from autoscaler.hosts.local import Local

        lines += preflight(Local(loaded), strict=strict)
    return lines
