"""What Pub/Sub gave up, handed over again by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import DeadlineExceeded

from autoscaler.adapters.gcp.dead_letters import SOURCE
from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.retries import ATTEMPT

if TYPE_CHECKING:
    from autoscaler.adapters.gcp.clients import Clients

_MARK = "CloudPubSubDeadLetter"  # how all begins that Pub/Sub says of a letter
_MOST = 100  # letters of one pull
_WAIT = 5  # seconds
_ROLE = "roles/pubsub.editor"


def redrive(clients: Clients, kept: str) -> dict[str, int]:
    """Publish again what the subscription `kept` holds, each where it came from; how many.

    The topic of a letter has the name of the subscription that gave it up. A letter is taken
    away once it is published: who breaks off in between hands it over twice, which does nothing.
    """
    project = f"projects/{clients.project}"
    name, count = f"{project}/subscriptions/{kept}", 0
    try:
        while letters := _pulled(clients, name):
            for letter in letters:
                topic = f"{project}/topics/{letter.message.attributes[SOURCE]}"
                asked = {"topic": topic, "messages": [_again(letter.message)]}
                clients.publisher().publish(request=asked, timeout=ATTEMPT)
                done = {"subscription": name, "ack_ids": [letter.ack_id]}
                clients.subscriber().acknowledge(request=done, timeout=ATTEMPT)
                count += 1
    except FAILED as error:
        raise failure(f"pubsub:Pull {name}", error, _ROLE) from error
    return {kept: count}


def _pulled(clients: Clients, subscription: str) -> Sequence[Any]:
    """Google waits for some to come, where there are none."""
    asked = {"subscription": subscription, "max_messages": _MOST}
    try:
        return clients.subscriber().pull(request=asked, timeout=_WAIT).received_messages
    except DeadlineExceeded:
        return ()


def _again(message: Any) -> dict[str, object]:
    """As it was before it was given up."""
    said = dict(message.attributes)
    own = {key: value for key, value in said.items() if not key.startswith(_MARK)}
    return {"data": message.data, "attributes": own}
