"""AWS's errors while something is read or changed, in the ports' words."""

from collections.abc import Iterator
from contextlib import contextmanager

from autoscaler.adapters.aws.failures import FAILED, failure


@contextmanager
def reading(call: str, subject: str) -> Iterator[None]:
    """Raises UnavailableError, or CredentialsError, in place of boto's errors."""
    try:
        yield
    except FAILED as error:
        raise failure(f"ec2:{call}", subject, error) from error
