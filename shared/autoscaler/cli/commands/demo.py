"""`autoscaler demo`: all of it on this computer, without an account."""

from typing import Annotated

import typer

from autoscaler.cli.options import Json

Keep = Annotated[bool, typer.Option("--keep", help="leave its folder behind, and name it")]


def demo(keep: Keep = False, json_output: Json = False) -> int:
    """Show the autoscaler at work on this computer: real agents, and a stand-in for ClearML.

    It needs no account and no network. Exit code 0 only when every task ran once and nothing
    was left behind.
    """
    from autoscaler.cli.demo import run

    return run(json_output=json_output, keep=keep)
