"""What Pub/Sub gave up, as it is pushed to who tells people."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from autoscaler.adapters.gcp.dead_letters import PushedLetter, is_letter
from autoscaler.ports import Letter

SOURCE = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceSubscription": "lab-launch",
}


def envelope(data: str, attributes: object = SOURCE) -> dict[str, Any]:
    return {
        "message": {"data": data, "messageId": "17", "attributes": attributes},
        "subscription": "projects/lab-project/subscriptions/lab-dead",
    }


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("pushed", "is_one"),
    [
        pytest.param(envelope("e30="), True, id="Pub/Sub says that it gave it up"),
        pytest.param(envelope("e30=", {"kind": "launch"}), False, id="a message of ours"),
        pytest.param({"message": {"data": "e30="}}, False, id="no attributes, as of a log sink"),
        pytest.param(envelope("e30=", None), False, id="attributes that are none"),
        pytest.param({"message": "no"}, False, id="no message"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_a_dead_letter_is_known_by_what_pubsub_writes_on_it(
    pushed: Mapping[str, Any], is_one: bool
) -> None:
    assert is_letter(pushed) is is_one


@pytest.mark.parametrize(
    ("pushed", "body", "receives"),
    [
        pytest.param(envelope(encoded(b'{"v": 99}')), '{"v": 99}', 5, id="as it was published"),
        pytest.param(envelope(encoded(b"\xff\xfe")), "\ufffd\ufffd", 5, id="no text"),
        pytest.param(envelope("*"), "", 5, id="not even encoded"),
        pytest.param({"message": {"messageId": "17"}}, "", 0, id="without data"),
        pytest.param(
            envelope("", {"CloudPubSubDeadLetterSourceDeliveryCount": "many"}),
            "",
            0,
            id="a count that is none",
        ),
    ],
)
def test_nothing_of_a_dead_letter_is_refused(
    pushed: Mapping[str, Any], body: str, receives: int
) -> None:
    assert PushedLetter(pushed).read() == [Letter(id="17", body=body, receives=receives)]
