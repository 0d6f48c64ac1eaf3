"""`autoscaler import` and `autoscaler export`: ClearML's configuration, and ours, as text."""

from pathlib import Path
from typing import Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Json

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="ClearML's aws_autoscaler.yaml, an app's export, or ours; - is standard input",
        show_default=False,
    ),
]
FromTask = Annotated[
    str,
    typer.Option("--from-task", metavar="ID", help="a ClearML autoscaler's task, by its id"),
]
Api = Annotated[
    str,
    typer.Option(
        "--api", metavar="URL", envvar="CLEARML_API_HOST", help="the API server's address"
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="where to write it")]
Force = Annotated[bool, typer.Option("--force", help="overwrite the file")]
StoreSecrets = Annotated[
    bool,
    typer.Option("--store-secrets", help="put what is found into SSM, where the result looks"),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace secrets that are there")]
HOSTED = "https://api.clear.ml"


def import_(
    source: Source = "",
    from_task: FromTask = "",
    api: Api = HOSTED,
    output: Output = CONFIG,
    force: Force = False,
    store_secrets: StoreSecrets = False,
    overwrite: Overwrite = False,
    json_output: Json = False,
) -> int:
    """Make a configuration of a ClearML autoscaler's: its file, its task, its exported form.

    Each line says where its value comes from; whatever is not taken over as it stood is told.
    Secrets become references and are never shown. Exit code 2 when the result has mistakes: it is
    written all the same, to be mended.
    """
    from autoscaler.cli import importing
    from autoscaler.cli.failures import BAD_INPUT
    from autoscaler.cli.starting import write
    from autoscaler.cli.terminal import emit, out
    from autoscaler.errors import ConfigError, Problem

    if bool(source) == bool(from_task):
        raise ConfigError(Problem("FILE", source, "name a file, or a task with --from-task"))
    found = importing.from_task(from_task, api) if from_task else importing.from_file(source, api)
    write(output, found.text, force=force)
    stored = importing.store(found, overwrite=overwrite) if store_secrets else []
    if json_output:
        emit(importing.report(found, output, stored))
    else:
        out().print(importing.told(found, output, stored), soft_wrap=True)
    return BAD_INPUT if found.problems else 0


def export(config: ConfigFile = CONFIG, json_output: Json = False) -> None:
    """Print the configuration in one normal form: what the keys say, without comments.

    `autoscaler import` reads it back as it was.
    """
    from autoscaler.cli.configuring import normal
    from autoscaler.cli.terminal import emit
    from autoscaler.config.document import compose

    text = normal(config)
    data = compose(text).data
    if json_output and isinstance(data, dict):
        emit(data)
    else:
        typer.echo(text, nl=False)
