"""`autoscaler secret put`: a secret that functions and machines read."""

import sys
from typing import Annotated

import typer

Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="ssm:/path, as the configuration names it")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace it if it is there")]
Region = Annotated[
    str,
    typer.Option("--region", metavar="NAME", help="of AWS", show_default="as for AWS's own tools"),
]


def put(reference: Reference, overwrite: Overwrite = False, region: Region = "") -> None:
    """Store a secret, read from standard input, encrypted in SSM's Parameter Store.

    A terminal asks for it and shows nothing of it. One line end at its end is dropped.
    """
    from autoscaler.cli.escape import visible
    from autoscaler.cli.terminal import out
    from autoscaler.errors import ConfigError, Problem
    from autoscaler.hosts.secret_store import secret_store

    value = _asked() if sys.stdin.isatty() else sys.stdin.read()
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise ConfigError(Problem("standard input", "", "is empty: it holds no secret"))
    secret_store(region).put(reference, value, overwrite=overwrite)
    out().print(f"✓ {visible(reference)} is stored", soft_wrap=True)


def _asked() -> str:
    from getpass import getpass

    return getpass("secret: ", stream=sys.stderr)
