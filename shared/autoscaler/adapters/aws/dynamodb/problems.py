"""What DynamoDB may say instead of an answer, and what the caller should do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from autoscaler.errors import CredentialsError, UnavailableError

CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
)
"""For the client of a table: gives up within 15 s, so that a function can still tell of it."""

_CONFLICTS = {"TransactionConflict", "TransactionInProgress", "ReplicatedWriteConflict"}
_THROTTLES = {
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingError",
}
_UNKNOWN_CALLER = {
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignature",
    "MissingAuthenticationToken",
    "UnrecognizedClient",
}
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, TokenRetrievalError)


class Place(NamedTuple):
    """Which table is meant, for people."""

    table: str
    region: str

    def __str__(self) -> str:
        return f"state = {self.table} in {self.region}"


@contextmanager
def asking(place: Place, *actions: str) -> Iterator[None]:
    """Whatever the SDK raises meanwhile comes out as UnavailableError or CredentialsError.

    `actions` are what IAM must allow for the call.
    """
    try:
        yield
    except ClientError as error:
        raise problem(place, error, *actions) from error
    except _NO_CREDENTIALS as error:
        remedy = "give the function a role, or this computer credentials"
        raise CredentialsError(f"{place}: {actions[0]}: {error}: {remedy}") from error
    except BotoCoreError as error:
        raise UnavailableError(f"{place}: {actions[0]}: {error}") from error


def problem(place: Place, error: ClientError, *actions: str) -> UnavailableError:
    """What an answer that is none means to the caller."""
    said = error.response["Error"]["Message"].rstrip(".")
    words = f"{place}: {actions[0]}: {error.response['Error']['Code']}: {said}"
    codes = codes_of(error)
    if "AccessDenied" in codes:
        allowed = " and ".join(f"dynamodb:{action}" for action in actions)
        return CredentialsError(f"{words}: allow {allowed} on the table and its indexes")
    if codes & _UNKNOWN_CALLER:
        return CredentialsError(f"{words}: give credentials that are valid")
    remedy = _remedy(codes, said)
    return UnavailableError(f"{words}: {remedy}" if remedy else words)


def codes_of(error: ClientError) -> set[str]:
    """The error's code, or those of the rows that kept a transaction from being carried out."""
    reasons = error.response.get("CancellationReasons", [])
    codes = {str(reason["Code"]) for reason in reasons if reason.get("Code", "None") != "None"}
    return {code.removesuffix("Exception") for code in codes or {error.response["Error"]["Code"]}}


def is_busy(codes: set[str]) -> bool:
    """Nothing was done, and the same may be asked again."""
    return codes <= _CONFLICTS | _THROTTLES


def _remedy(codes: set[str], said: str) -> str:
    if "ResourceNotFound" in codes:
        return "there is no such table: deploy it, or correct its name"
    if codes & _CONFLICTS:
        return "others keep writing the same rows"
    if codes & _THROTTLES:
        return "if it stays so, raise what limits the table or the account"
    if "Validation" in codes and "index" in said:
        return "another version made the table: deploy this one"
    return ""
