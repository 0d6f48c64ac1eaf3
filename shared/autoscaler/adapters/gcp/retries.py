"""When a call of Google's clients is made again, and for how long."""

from google.api_core.exceptions import (
    Aborted,
    DeadlineExceeded,
    InternalServerError,
    ResourceExhausted,
    ServiceUnavailable,
)
from google.api_core.retry import Retry, if_exception_type

BUSY = (Aborted, ResourceExhausted)
"""Nothing was done, and the same may be asked again."""

UNANSWERED = (DeadlineExceeded, InternalServerError, ServiceUnavailable)
"""Nobody knows whether it was done: what harms nobody when it is done twice may be asked again."""

ATTEMPT = 3.0
"""How many seconds one attempt may take."""


def again(patience: float) -> Retry:
    """For calls that may be made twice: until `patience` seconds are over."""
    predicate = if_exception_type(*BUSY, *UNANSWERED)
    return Retry(predicate=predicate, initial=0.1, maximum=1.0, multiplier=2.0, timeout=patience)
