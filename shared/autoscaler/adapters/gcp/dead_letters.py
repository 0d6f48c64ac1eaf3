"""What Pub/Sub gave up, as the subscription of the dead-letter topic pushes it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.ports import Letter

_TRIES = "CloudPubSubDeadLetterSourceDeliveryCount"
SOURCE = "CloudPubSubDeadLetterSourceSubscription"


def is_letter(envelope: Mapping[str, Any]) -> bool:
    """Whether Pub/Sub says that it gave this message up."""
    return SOURCE in _attributes(envelope)


class PushedLetter:
    """The DeadLetters port over one push. Nothing about it is refused: it has come to its end.

    A pull subscription of the same topic keeps it, so that a person can publish it again.
    """

    def __init__(self, envelope: Mapping[str, Any]) -> None:
        self._envelope = envelope

    def read(self) -> Sequence[Letter]:
        message = self._envelope["message"]
        tries = str(_attributes(self._envelope).get(_TRIES, ""))
        receives = int(tries) if tries.isdecimal() else 0
        text = _text(message.get("data") or "")
        return [Letter(id=str(message.get("messageId", "")), body=text, receives=receives)]


def _attributes(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    message = envelope.get("message")
    found = message.get("attributes") if isinstance(message, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(data: object) -> str:
    """As far as it can be read."""
    try:
        return base64.b64decode(str(data)).decode(errors="replace")
    except binascii.Error:
        return ""
