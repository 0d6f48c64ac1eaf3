"""How a failure is told, and with which exit code: 1 while running, 2 for what was asked."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from autoscaler.cli.escape import visible
from autoscaler.errors import (
    AutoscalerError,
    ConfigError,
    CredentialsError,
    Problem,
    UnavailableError,
)

if TYPE_CHECKING:
    from autoscaler.config import ClearMLSection

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130


def problems_of(error: AutoscalerError) -> list[Problem]:
    if isinstance(error, ConfigError):
        return list(error.problems)
    return [Problem("", "", str(error) or type(error).__name__)]


def exit_code(error: AutoscalerError) -> int:
    """What cannot be used as it is asked for is bad input; what broke meanwhile is a failure."""
    return BAD_INPUT if isinstance(error, ConfigError | UnavailableError) else FAILED


def tell(problems: Iterable[Problem], *, json_output: bool) -> None:
    """Each problem on a line of stderr, or all of them as one JSON object."""
    if json_output:
        sys.stderr.write(json.dumps(as_json(problems)) + "\n")
        return
    from rich.text import Text

    from autoscaler.cli.terminal import err

    console = err()
    for problem in problems:
        line = Text("error: ", "bold red").append_text(Text(said(problem), "not bold default"))
        console.print(line, soft_wrap=True)


def as_json(problems: Iterable[Problem]) -> dict[str, Any]:
    return {"error": {"problems": [asdict(problem) for problem in problems]}}


def said(problem: Problem) -> str:
    """`field = value: remedy`, without what is empty, safe for a terminal."""
    return visible(str(problem) if problem.field else problem.remedy)


@contextmanager
def asking(clearml: "ClearMLSection") -> Iterator[None]:
    """What ClearML's server answers badly inside is a problem of the configuration's fields."""
    try:
        yield
    except CredentialsError as error:
        shown = f"{clearml.access_key} and {clearml.secret_key}"
        raise ConfigError(Problem("clearml.access_key", shown, str(error))) from error
    except UnavailableError as error:
        remedy = f"check the address, the network and clearml.proxy: {error}"
        raise ConfigError(Problem("clearml.api", clearml.api, remedy)) from error
