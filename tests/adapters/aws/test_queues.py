"""A batch from SQS: each record stands for itself."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from autoscaler.adapters.aws.queues import handle, pokes
from autoscaler.errors import PoisonError, UnavailableError
from autoscaler.ports import Message
from tests.contracts.topic_contract import pointer

DONE: list[str] = []


def act(key: str) -> None:
    if key == "away":
        raise UnavailableError("DynamoDB does not answer")
    if key == "mistake":
        raise KeyError(key)
    DONE.append(key)


def batch(*bodies: str) -> Mapping[str, Any]:
    records = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
    return {"Records": records}


def body(key: str, **changes: object) -> str:
    return pointer(key).model_copy(update=changes).model_dump_json()


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def failed(*bodies: str) -> list[str]:
    answer = handle(batch(*bodies), "lab", {"launch": act})
    assert list(answer) == ["batchItemFailures"]
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_what_is_done_is_not_named() -> None:
    assert not failed(body("1"), body("2"))
    assert DONE == ["1", "2"]


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        pytest.param(body("away"), "message_failed", id="a service that does not answer"),
        pytest.param(body("mistake"), "message_crashed", id="a mistake of ours"),
        pytest.param("{", "message_poisoned", id="no JSON"),
        pytest.param('{"v": 1}', "message_poisoned", id="no pointer"),
        pytest.param(body("1", v=2), "message_poisoned", id="another version"),
        pytest.param(body("1", kind="reap"), "message_poisoned", id="for another function"),
        pytest.param(body("1", deployment="x"), "message_poisoned", id="another deployment's"),
    ],
)
def test_what_fails_is_named_and_keeps_nobody_else_from_being_done(
    bad: str, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert failed(body("first"), bad, body("last")) == ["m1"]
    assert DONE == ["first", "last"]
    assert [record.message for record in caplog.records] == [word]


def test_a_batch_that_fails_wholly_is_answered_and_not_raised() -> None:
    assert failed(body("away"), "{") == ["m0", "m1"]


def test_a_reason_names_what_is_wrong_and_does_not_repeat_it() -> None:
    with pytest.raises(PoisonError, match=r"^kind: Input should be") as caught:
        Message.read(body("1").replace('"launch"', '"s3cret"'), "lab")
    assert "s3cret" not in str(caught.value)


def test_a_poke_comes_straight_from_the_topic() -> None:
    message = pointer(reason="a machine ended").model_copy(update={"kind": "poke"})
    event = {
        "Records": [{"EventSource": "aws:sns", "Sns": {"Message": message.model_dump_json()}}]
    }
    assert pokes(event, "lab") == ["a machine ended"]
    with pytest.raises(PoisonError, match="it is for lab, not for other"):
        pokes(event, "other")


def test_an_event_of_the_schedule_holds_no_pokes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert pokes({"source": "aws.events", "detail-type": "Scheduled Event"}, "lab") == []
    assert not caplog.records
