"""What AWS's errors mean for whoever called: our own errors, each with its remedy."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
)

from autoscaler.errors import CredentialsError, UnavailableError

FAILED: tuple[type[BotoCoreError | ClientError], ...] = (BotoCoreError, ClientError)
"""All that a call of boto3 may raise on purpose."""

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthorizationError",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "KMSAccessDenied",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)


def failure(call: str, subject: str, error: BotoCoreError | ClientError) -> UnavailableError:
    """The error to raise when `call` ("sns:Publish") of `subject` (an ARN or a name) failed."""
    if isinstance(error, NoCredentialsError):
        return CredentialsError(f"{call} {subject}: this process has no AWS credentials")
    if isinstance(error, CredentialRetrievalError):
        return CredentialsError(f"{call} {subject}: {error}")
    code = code_of(error)
    if denied(error):
        remedy = f"allow {call} on it to the role that called ({code})"
        return CredentialsError(f"{call} {subject}: {remedy}")
    return UnavailableError(f"{call} {subject}: {code or type(error).__name__}: {error}")


def denied(error: BotoCoreError | ClientError) -> bool:
    """Whether AWS does not know who calls, or does not let them."""
    return code_of(error) in _DENIED


def code_of(error: BotoCoreError | ClientError) -> str:
    """AWS's own word for the error; "" for one that never reached AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""
