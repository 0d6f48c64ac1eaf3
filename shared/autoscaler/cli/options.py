"""Options and arguments that several commands share, and how help shows examples."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        envvar="AUTOSCALER_CONFIG",
        help="the configuration",
    ),
]
CONFIG = Path("autoscaler.yaml")


class Place(StrEnum):
    LOCAL = "local"
    AWS = "aws"
    GCP = "gcp"


Host = Annotated[
    Place,
    typer.Option(
        "--host",
        envvar="AUTOSCALER_HOST",
        help="where it runs: this computer, AWS, or Google Cloud",
    ),
]
Stage = Annotated[
    str,
    typer.Option(
        "--stage",
        metavar="NAME",
        envvar="AUTOSCALER_STAGE",
        help="in a cloud: another deployment than the configuration names",
        show_default=False,
    ),
]
Project = Annotated[
    str,
    typer.Option(
        "--project",
        metavar="ID",
        envvar="GOOGLE_CLOUD_PROJECT",
        help="with --host gcp: the project of Google Cloud; else that of your login",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]
Instance = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE",
        help="as `status` shows it: a short name, its key or the start of it, its machine's or"
        " worker's id",
    ),
]
Reason = Annotated[
    str, typer.Option("--reason", "-r", metavar="TEXT", help="why: kept in the history")
]
By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="who: kept in the history", show_default="user@computer"
    ),
]


def examples(*lines: str) -> str:
    """An epilogue with one example on each line; what follows # explains it."""
    parts = [line.partition("#") for line in lines]
    width = max((len(command.rstrip()) for command, sign, _ in parts if sign), default=0)
    shown = [
        f"  {command.rstrip():<{width}}  # {meaning.strip()}" if hash_sign else f"  {command}"
        for command, hash_sign, meaning in parts
    ]
    return "\n".join(["\b", "Examples:", *shown])  # \b keeps the lines as they are
