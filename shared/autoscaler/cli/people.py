"""Who acts, and whether they mean it."""

import getpass
import platform
import sys

import typer

from autoscaler.errors import ConfigError, Problem


def who(by: str) -> str:
    """The name that was given, else user@computer."""
    if by.strip():
        return by.strip()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{platform.node() or 'somewhere'}"


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`. ConfigError when nobody is there to answer, Abort for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError(Problem("--yes", "", "nobody is there to be asked: add --yes"))
    typer.confirm(question, abort=True, err=True)
