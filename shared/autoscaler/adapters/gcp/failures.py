"""What Google's errors mean for whoever called: our own errors, each with its remedy."""

from google.api_core.exceptions import (
    GoogleAPICallError,
    GoogleAPIError,
    PermissionDenied,
    RetryError,
    Unauthenticated,
)
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError

from autoscaler.errors import CredentialsError, UnavailableError

FAILED = (GoogleAPIError, GoogleAuthError)
"""All that a call of Google's clients may raise on purpose."""

_UNKNOWN_CALLER = (DefaultCredentialsError, RefreshError, Unauthenticated)
_NO_LOGIN = "Getting metadata from plugin failed"  # gRPC's words when nobody gave it a login


def failure(call: str, error: Exception, role: str) -> UnavailableError:
    """The error to raise when `call` failed: its name and what it was about, for people.

    `error` is one of FAILED; `role` is the least that allows the call.
    """
    cause = error.cause if isinstance(error, RetryError) and error.cause else error
    words = f"{call}: {_said(cause)}"
    if isinstance(cause, PermissionDenied):
        return CredentialsError(f"{words}: grant {role} to the account that called")
    if isinstance(cause, _UNKNOWN_CALLER) or _NO_LOGIN in str(cause):
        remedy = "give the function a service account, or this computer credentials"
        return CredentialsError(f"{words}: {remedy}")
    return UnavailableError(words)


def _said(error: Exception) -> str:
    """Google's own words, as one line without its end."""
    text = error.message if isinstance(error, GoogleAPICallError) else error
    return f"{type(error).__name__}: {' '.join(str(text).split()).rstrip('.')}"
