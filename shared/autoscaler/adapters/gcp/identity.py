"""Who this process is at Google, as a token that others can check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.errors import CredentialsError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

_WHO = "run as a service account: a function does, and so does GOOGLE_APPLICATION_CREDENTIALS"


def tokens_for(audience: str) -> Callable[[], str]:
    """Gives a new token (OpenID Connect, an hour) of this process's service account when asked.

    CredentialsError when it has none, UnavailableError when Google does not answer.
    """

    def token() -> str:
        from google.auth.exceptions import (  # noqa: PLC0415  once somebody asks
            DefaultCredentialsError,
            GoogleAuthError,
        )
        from google.auth.transport.requests import Request  # noqa: PLC0415
        from google.oauth2.id_token import fetch_id_token  # noqa: PLC0415

        try:
            return str(fetch_id_token(Request(), audience))
        except DefaultCredentialsError as error:
            raise CredentialsError(
                f"Google gives this process no identity token: {_WHO}"
            ) from error
        except (GoogleAuthError, OSError, ValueError) as error:
            raise UnavailableError(f"no identity token of Google's: {error}") from error

    return token
