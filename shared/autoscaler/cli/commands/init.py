"""`autoscaler init`: a configuration to start from."""

import os
from pathlib import Path
from typing import Annotated

import typer

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="where to write it")]
Force = Annotated[bool, typer.Option("--force", help="overwrite the file")]
FromClearml = Annotated[
    bool,
    typer.Option(
        "--from-clearml",
        help="a resource for each queue of your server; CLEARML_API_ACCESS_KEY and"
        " CLEARML_API_SECRET_KEY say who asks",
    ),
]
Api = Annotated[
    str,
    typer.Option(
        "--api", metavar="URL", envvar="CLEARML_API_HOST", help="the API server's address"
    ),
]
HOSTED = "https://api.clear.ml"


def init(
    output: Output = Path("autoscaler.yaml"),
    force: Force = False,
    from_clearml: FromClearml = False,
    api: Api = HOSTED,
) -> None:
    """Write a configuration with every key explained. It asks nothing and overwrites nothing."""
    from autoscaler.cli.starting import Queues, next_steps, queues_of, write
    from autoscaler.cli.terminal import out, waiting
    from autoscaler.config import starter

    queues = Queues(["default"])
    if from_clearml:
        with waiting(f"asks {api} for its queues …"):
            queues = queues_of(api)
    write(output, starter(queues.usable, api=api), force=force)
    out().print(next_steps(output, queues, os.environ), soft_wrap=True)
