"""Notices over Pub/Sub, for what people have subscribed to the topic of alerts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.retries import ATTEMPT, again
from autoscaler.core.notices import Notice
from autoscaler.core.words import many

if TYPE_CHECKING:
    from google.pubsub_v1.services.publisher import PublisherClient

_MOST = 20  # lines of one message
_LINE = 1000  # characters of a line
_ROLE = "roles/pubsub.publisher"


class PubsubNotifier:
    """The Notifier port: all notices of a tick as one message, {"text": ...}.

    A push subscription without Pub/Sub's wrapper hands that to a chat's incoming webhook as it
    is. `topic` is its name in full. What is not answered is published again for `patience`
    seconds.
    """

    def __init__(
        self, client: PublisherClient, topic: str, deployment: str, *, patience: float = 9.0
    ) -> None:
        self._client = client
        self._topic = topic
        self._deployment = deployment
        self._retry = again(patience)

    def notify(self, notices: Sequence[Notice]) -> None:
        if not notices:
            return
        kinds = ",".join(dict.fromkeys(notice.kind for notice in notices))
        message = {
            "data": json.dumps({"text": self._text(notices)}).encode(),
            "attributes": {"kinds": kinds, "deployment": self._deployment},
        }
        asked = {"topic": self._topic, "messages": [message]}
        try:
            self._client.publish(request=asked, retry=self._retry, timeout=ATTEMPT)
        except FAILED as error:
            raise failure(f"pubsub:Publish {self._topic}", error, _ROLE) from error

    def _text(self, notices: Sequence[Notice]) -> str:
        shown = notices[:_MOST]
        lines = [f"{self._deployment}: {_short(notice.text)}" for notice in shown]
        if left := len(notices) - len(shown):
            lines.append(f"{self._deployment}: and {many(left, 'notice')} more")
        return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"
