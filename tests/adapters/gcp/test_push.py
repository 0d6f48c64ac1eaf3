"""What Pub/Sub pushes: each message stands for itself."""

import base64
import logging
from typing import Any

import pytest

from autoscaler.adapters.gcp.push import document, handle, opened, pokes
from autoscaler.errors import PoisonError, UnavailableError
from autoscaler.ports import Message
from tests.contracts.topic_contract import pointer

DONE: list[str] = []


def act(key: str) -> None:
    if key == "away":
        raise UnavailableError("Firestore does not answer")
    if key == "mistake":
        raise KeyError(key)
    DONE.append(key)


def envelope(text: str, **beside: Any) -> dict[str, Any]:
    """As Pub/Sub writes it, in both of its spellings."""
    message = {
        "attributes": {"kind": "launch", "deployment": "lab"},
        "data": base64.b64encode(text.encode()).decode(),
        "messageId": "136969346945",
        "message_id": "136969346945",
        "publishTime": "2026-01-01T12:00:00.123Z",
        "publish_time": "2026-01-01T12:00:00.123Z",
    }
    return {"message": message, "subscription": "projects/p/subscriptions/s", **beside}


def body(key: str, **changes: object) -> str:
    return pointer(key).model_copy(update=changes).model_dump_json()


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def test_what_is_done_is_acknowledged() -> None:
    assert handle(envelope(body("1")), "lab", {"launch": act})
    assert DONE == ["1"]


@pytest.mark.parametrize(
    ("pushed", "word"),
    [
        pytest.param(envelope(body("away")), "message_failed", id="a service is away"),
        pytest.param(envelope(body("mistake")), "message_crashed", id="a mistake of ours"),
        pytest.param(envelope("{"), "message_poisoned", id="no JSON"),
        pytest.param(envelope('{"v": 1}'), "message_poisoned", id="no pointer"),
        pytest.param(envelope(body("1", v=2)), "message_poisoned", id="another version"),
        pytest.param(envelope(body("1", kind="reap")), "message_poisoned", id="another kind"),
        pytest.param(envelope(body("1", deployment="x")), "message_poisoned", id="another's"),
        pytest.param({}, "message_poisoned", id="nothing"),
        pytest.param({"message": {"messageId": "1"}}, "message_poisoned", id="attributes only"),
    ],
)
def test_what_fails_is_to_come_again(
    pushed: dict[str, Any], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert not handle(pushed, "lab", {"launch": act})
    assert not DONE
    assert [record.message for record in caplog.records] == [word]


def test_the_log_names_the_message_and_how_often_it_came(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handle(envelope(body("away"), deliveryAttempt=3), "lab", {"launch": act})
    [record] = caplog.records
    assert (record.__dict__["message_id"], record.__dict__["attempt"]) == ("136969346945", 3)
    assert record.levelno == logging.WARNING


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([], id="a list"),
        pytest.param({"message": "x"}, id="no message"),
        pytest.param({"message": {"data": "%%%", "messageId": "1"}}, id="not in base64"),
        pytest.param({"message": {"data": "/w==", "messageId": "1"}}, id="no text"),
        pytest.param({"message": {"data": "eA=="}}, id="no id"),
        pytest.param(envelope("x", deliveryAttempt="often"), id="no number"),
    ],
)
def test_what_pubsub_never_pushes_is_set_aside(broken: Any) -> None:
    with pytest.raises(PoisonError, match=r"not a message of Pub/Sub"):
        opened(broken)


def test_a_reason_names_what_is_wrong_and_does_not_repeat_it() -> None:
    with pytest.raises(PoisonError, match=r"^kind: Input should be") as caught:
        Message.read(body("1").replace('"launch"', '"s3cret"'), "lab")
    assert "s3cret" not in str(caught.value)


def test_a_poke_gives_its_reason() -> None:
    pushed = envelope(body("1", kind="poke", reason="a machine ended"))
    assert pokes(pushed, "lab") == ["a machine ended"]
    with pytest.raises(PoisonError, match="it is for lab, not for other"):
        pokes(pushed, "other")


def test_what_the_schedule_sends_holds_no_pokes() -> None:
    assert pokes({}, "lab") == []


def test_a_log_sink_publishes_a_document() -> None:
    assert document(envelope('{"insertId": "1"}')) == {"insertId": "1"}


@pytest.mark.parametrize("text", ["{", "[]", '"x"', ""])
def test_what_no_log_sink_publishes_is_set_aside(text: str) -> None:
    with pytest.raises(PoisonError, match="must be a log sink's"):
        document(envelope(text))
