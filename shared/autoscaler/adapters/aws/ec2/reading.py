"""AWS's errors while something is read or changed, in the ports' words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from autoscaler.errors import CredentialsError, UnavailableError

_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Raises UnavailableError, or CredentialsError, in place of boto's errors."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        kind = CredentialsError if code in _REFUSED else UnavailableError
        raise kind(f"{what}: {code}: {error.response['Error'].get('Message', '')}") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CredentialsError(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise UnavailableError(f"{what}: {error}") from error


def error_code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
