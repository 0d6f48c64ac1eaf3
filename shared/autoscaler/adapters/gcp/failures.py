"""What Google's errors mean for whoever called: our own errors, each with its remedy."""

from google.api_core.exceptions import GoogleAPICallError, PermissionDenied, Unauthenticated
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, RefreshError

from autoscaler.errors import CredentialsError, UnavailableError

FAILED = (GoogleAPICallError, GoogleAuthError)
"""All that a call of Google's clients may raise on purpose."""

_UNKNOWN_CALLER = (DefaultCredentialsError, RefreshError, Unauthenticated)
_NO_LOGIN = "Getting metadata from plugin failed"  # gRPC's words when nobody gave it a login


def failure(call: str, error: GoogleAPICallError | GoogleAuthError, role: str) -> UnavailableError:
    """The error to raise when `call` failed: its name and what it was about, for people.

    `role` is the least that allows the call.
    """
    words = f"{call}: {said(error)}"
    if isinstance(error, PermissionDenied):
        return CredentialsError(f"{words}: grant {role} to the account that called")
    if isinstance(error, _UNKNOWN_CALLER) or _NO_LOGIN in str(error):
        remedy = "give the function a service account, or this computer credentials"
        return CredentialsError(f"{words}: {remedy}")
    return UnavailableError(words)


def said(error: GoogleAPICallError | GoogleAuthError) -> str:
    """Google's own words, without their end."""
    text = error.message if isinstance(error, GoogleAPICallError) else str(error)
    return f"{type(error).__name__}: {' '.join(str(text).split()).rstrip('.')}"
