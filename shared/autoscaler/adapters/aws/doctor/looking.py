"""A look at one thing, and what AWS's own errors during it mean."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from autoscaler.adapters.aws.failures import FAILED, code_of, denied
from autoscaler.errors import Problem
from autoscaler.ports import Finding
from autoscaler.ports.doctor import Look, Said, said


def findings(check: str, resource: str, look: Look) -> Iterator[Finding]:
    """One finding, or one for each problem and warning."""
    return said(look, FAILED, _unread).findings(check, resource)


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
