"""Google's errors, in either shape: a call that was refused, an operation that failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autoscaler.errors import CredentialsError, UnavailableError

NOT_FOUND = 404
_REFUSED = (401, 403)
_RATE = ("ratelimitexceeded", "userratelimitexceeded")


class CallError(Exception):
    """A call that Google answered with an error: its HTTP status, reason and words."""

    def __init__(self, what: str, status: int, reason: str, detail: str) -> None:
        super().__init__(f"{what}: {reason or status}: {detail}")
        self.status, self.reason, self.detail = status, reason, detail

    @classmethod
    def of_reply(cls, what: str, status: int, text: str) -> CallError:
        """The shape of a call that was refused: `error.errors[]`, each with a `reason`."""
        try:
            error = json.loads(text)["error"]
            reasons = [str(each["reason"]) for each in error.get("errors", ())]
            return cls(what, status, reasons[0] if reasons else "", str(error["message"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(what, status, "", text.strip()[:200])

    @property
    def plain(self) -> str:
        return plain(self.reason)

    def told(self) -> UnavailableError:
        """The port's word for it, where nothing but an answer was asked for."""
        if self.status in _REFUSED and self.plain not in _RATE:
            return CredentialsError(f"{self}: allow it to the account that called")
        return UnavailableError(str(self))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation failed: `errors[0].code` and its words."""

    code: str
    detail: str

    @classmethod
    def of(cls, operation: Mapping[str, Any]) -> Failure | None:
        errors = operation.get("error", {}).get("errors", [])
        if not errors:
            return None
        return cls(str(errors[0].get("code", "")), str(errors[0].get("message", "")))


def plain(code: str) -> str:
    """One word for both shapes: quotaExceeded and QUOTA_EXCEEDED are quotaexceeded."""
    return code.replace("_", "").lower()


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Raises UnavailableError, or CredentialsError, for what did not come to an answer.

    Errors of `requests` are OSErrors, those of JSON ValueErrors.
    """
    from google.auth.exceptions import (  # noqa: PLC0415  loaded once somebody calls
        DefaultCredentialsError,
        GoogleAuthError,
        RefreshError,
    )

    try:
        yield
    except (DefaultCredentialsError, RefreshError) as error:
        if error.retryable:
            raise UnavailableError(f"{what}: {error}") from error
        raise CredentialsError(f"{what}: nobody may call so: {error}") from error
    except (GoogleAuthError, OSError, ValueError) as error:
        raise UnavailableError(f"{what}: {type(error).__name__}: {error}") from error


@contextmanager
def told(*, missing_is_fine: bool = False) -> Iterator[None]:
    """Raises the port's errors in place of CallError; what is not there may be fine."""
    try:
        yield
    except CallError as error:
        if not (missing_is_fine and error.status == NOT_FOUND):
            raise error.told() from error


@contextmanager
def changing(what: str) -> Iterator[None]:
    """As `reading`, for calls of Google's client: CallError for what it refuses."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  comes with it

    try:
        with reading(what):
            yield
    except GoogleAPICallError as error:
        reasons = [str(each.get("reason", "")) for each in error.errors if isinstance(each, dict)]
        status = int(error.code or 0)
        raise CallError(what, status, reasons[0] if reasons else "", error.message) from error
