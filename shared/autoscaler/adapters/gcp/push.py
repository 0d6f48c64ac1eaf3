"""What Pub/Sub pushes to a function: one message at a time, in an envelope of JSON.

It is the same whether it comes as a plain HTTP request or as the data of a CloudEvent. Who may
push is decided before a function is asked: Cloud Run lets in only whom its IAM allows, by the
OIDC token of the request, and hands the token on without its signature.
"""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autoscaler.errors import AutoscalerError, PoisonError
from autoscaler.ports import Message

log = logging.getLogger(__name__)

Envelope = Mapping[str, Any]
Acts = Mapping[str, Callable[[str], object]]


class Pushed(NamedTuple):
    """What is in the envelope. `attempt` counts the deliveries; 0 where nobody counts."""

    text: str
    id: str
    attempt: int


def handle(envelope: Envelope, deployment: str, acts: Acts) -> bool:
    """Call the act of the message's kind with its id; False when that failed.

    A function then answers 500: Pub/Sub pushes the message again, and after the subscription's
    `max_delivery_attempts` sets it aside.
    """
    about: dict[str, object] = {}
    try:
        pushed = opened(envelope)
        about = {"message_id": pushed.id, "attempt": pushed.attempt}
        message = Message.read(pushed.text, deployment)
        _act(message, acts)(message.id)
    except AutoscalerError as error:
        said = "message_poisoned" if isinstance(error, PoisonError) else "message_failed"
        log.warning(said, extra={**about, "error": str(error)})
    except Exception:  # a mistake of ours: the message comes again, and is set aside at last
        log.exception("message_crashed", extra=about)
    else:
        return True
    return False


def opened(envelope: Envelope) -> Pushed:
    """PoisonError for what Pub/Sub never pushes."""
    try:
        message = envelope["message"]
        text = base64.b64decode(message["data"], validate=True).decode()
        return Pushed(text, str(message["messageId"]), int(envelope.get("deliveryAttempt") or 0))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PoisonError(f"not a message of Pub/Sub: {error!r}") from error


def pokes(envelope: Envelope, deployment: str) -> list[str]:
    """The reason in a message that wakes the poller; none for what the schedule sends."""
    return (
        [Message.read(opened(envelope).text, deployment).reason] if "message" in envelope else []
    )


def document(envelope: Envelope) -> Mapping[str, Any]:
    """The JSON object in the envelope, as a log sink publishes it. PoisonError for another."""
    try:
        found = json.loads(opened(envelope).text)
    except ValueError as error:
        raise PoisonError("not JSON: the subscription must be a log sink's") from error
    if not isinstance(found, Mapping):
        raise PoisonError("not a JSON object: the subscription must be a log sink's")
    return found


def _act(message: Message, acts: Acts) -> Callable[[str], object]:
    if message.kind not in acts:
        raise PoisonError(f"kind: {message.kind} is not for this function: see its subscription")
    return acts[message.kind]
