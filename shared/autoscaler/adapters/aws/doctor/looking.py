"""A look at one thing, and what AWS's own errors during it mean."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from autoscaler.adapters.aws.failures import FAILED, code_of, denied
from autoscaler.errors import ConfigError, Problem, UnavailableError
from autoscaler.ports import Finding


class Said(NamedTuple):
    """`found` is told when there is neither a problem nor a warning."""

    found: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


Look = Callable[[], Said]


def findings(check: str, resource: str, look: Look) -> Iterator[Finding]:
    """One finding, or one for each problem and warning."""
    said = _said(look)
    if not (said.problems or said.warnings):
        yield Finding(check=check, verdict="ok", found=said.found, resource=resource)
    for problem in said.problems:
        yield Finding.wrong(check, problem, resource=resource)
    for problem in said.warnings:
        yield Finding.wrong(check, problem, "warning", resource=resource)


def skipped(check: str, resource: str, because: str) -> Finding:
    found = f"not looked at: first mend {because}"
    return Finding(check=check, verdict="skipped", found=found, resource=resource)


def _said(look: Look) -> Said:
    try:
        return look()
    except ConfigError as error:
        return Said("", problems=tuple(error.problems))
    except UnavailableError as error:
        return Said("", problems=(Problem("", "", str(error)),))
    except FAILED as error:
        return _unread(error)


def _unread(error: BotoCoreError | ClientError) -> Said:
    """A look that is not allowed tells nothing about what it would have seen."""
    if not isinstance(error, ClientError):
        return Said("", problems=(Problem("", type(error).__name__, str(error)),))
    call, code = error.operation_name, code_of(error)
    if denied(error):
        remedy = "who looks may not call it, so this was not looked at: allow it, if only to read"
        return Said("", warnings=(Problem(call, code, remedy),))
    message = error.response["Error"].get("Message", "")
    return Said("", problems=(Problem(call, code, f"look again later: {message}"),))
