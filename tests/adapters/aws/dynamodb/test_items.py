"""What a person sees in the DynamoDB console, and what comes back from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.adapters.aws.dynamodb.items import item
from autoscaler.adapters.local.system import SystemClock
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import Breaker, DecisionRow, Instance, QueueSeen
from autoscaler.errors import UnavailableError
from tests.contracts.state_rows import AT, event, fence, instance, launch, request
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
FULL = Verdict(cause=Cause.RESOURCE_MAX, reason="a100 is at its maximum of 2", queue="train")
DECISION = DecisionRow(
    key="gpu",
    at=AT,
    gen=7,
    waiting=3,
    oldest=None,
    idle=0,
    booting=0,
    busy=2,
    draining=0,
    live=2,
    max=None,
    queues=(QueueSeen(queue="train", waiting=3, oldest=AT),),
    did=(),
    did_not=(FULL,),
)


@pytest.fixture
def state(client: DynamoDBClient, name: str) -> DynamoState:
    return DynamoState(client, name, limit=LIMIT)


def rows(client: DynamoDBClient, name: str) -> dict[str, Any]:
    """Everything that stands in the table, by its sort key."""
    return {str(each["row"]["S"]): each for each in client.scan(TableName=name)["Items"]}


# --- what is seen -------------------------------------------------------------------------------


def test_a_row_is_flat_and_has_what_says_something(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    state.commit(put=[launch(), instance()])
    seen = rows(client, name)
    assert seen["instance/L1.0"] == {
        "section": {"S": "instance"},
        "row": {"S": "instance/L1.0"},
        "kind": {"S": "instance"},
        "key": {"S": "L1.0"},
        "revision": {"N": "1"},
        "autoscaler": {"S": "gpu"},
        "resource": {"S": "a100"},
        "compute": {"S": "ec2"},
        "launch": {"S": "L1"},
        "index": {"N": "0"},
        "phase": {"S": "UP"},
        "reason": {"S": "registered"},
        "moved_at": {"S": "2026-01-01T12:00:00Z"},
        "requested_at": {"S": "2026-01-01T12:00:00Z"},
        "attempt": {"N": "0"},
        "slots": {"N": "1"},
        "protected": {"BOOL": False},
        "forced": {"BOOL": False},
        "requeue": {"BOOL": False},
        "settled": {"BOOL": False},
        "unheard": {"BOOL": False},
    }
    assert seen["launch/L1"]["queue_ids"] == {"L": [{"S": "q1"}, {"S": "q2"}]}
    assert seen["launch/L1"]["asked"] == {
        "L": [{"L": [{"N": "0"}, {"N": "1"}]}, {"L": [{"N": "1"}]}]
    }


def test_a_decision_says_why_without_any_json(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    state.commit(put=[DECISION])
    seen = rows(client, name)["decision/gpu"]
    assert seen["did_not"] == {
        "L": [
            {
                "M": {
                    "cause": {"S": "resource-max"},
                    "reason": {"S": "a100 is at its maximum of 2"},
                    "queue": {"S": "train"},
                    "count": {"N": "0"},
                }
            }
        ]
    }
    assert seen["max"] == {"NULL": True}
    assert state.read(DECISION.ref) == DECISION.model_copy(update={"revision": 1})


def test_the_history_is_by_time_and_says_whom_it_is_about(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    state.commit(record=[event(subject="L1.0"), instance(gone_at=AT + DAY)])
    happened, gone = rows(client, name).values()
    assert {each["section"]["S"] for each in (happened, gone)} == {"history"}
    assert happened["row"]["S"] == "2026-01-01T12:00:00.000000Z E1 event"
    assert gone["row"]["S"] == "2026-01-02T12:00:00.000000Z L1.0 instance"
    assert happened["subject"] == gone["subject"] == {"S": "L1.0"}
    ninety_days_on = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert happened["expires"] == {"N": str(int(ninety_days_on.timestamp()))}


def test_a_request_that_nobody_deletes_is_to_expire_90_days_after_it_was_written(
    client: DynamoDBClient, name: str
) -> None:
    """Its launch was deleted by hand, or lost. DynamoDB Local deletes only what is in an index."""
    state = DynamoState(client, name, now=AT.timestamp)
    state.commit(put=[request()])
    (found,) = rows(client, name).values()
    assert found["expires"] == {"N": str(int((AT + 90 * DAY).timestamp()))}
    assert state.read(request().ref) == request().model_copy(update={"revision": 1})


def test_only_history_expires(client: DynamoDBClient) -> None:
    """Here DynamoDB Local looks every moment; AWS takes some days."""
    now = SystemClock().now()
    with table(client, forgets=True) as name:
        state = DynamoState(client, name, limit=LIMIT)
        old, young = event("old", at=now - 91 * DAY), event("young", at=now - 89 * DAY)
        state.commit(put=[fence(), launch(), instance()], record=[old, young])
        while old in state.history():
            Event().wait(0.05)
        assert list(state.history()) == [young]
        assert len(state.live()) == 3


# --- what comes back ----------------------------------------------------------------------------


def test_more_rows_than_a_page_holds(state: DynamoState) -> None:
    machines = [_wordy(number) for number in range(4 * LIMIT)]
    for first in range(0, len(machines), LIMIT):
        state.commit(put=machines[first : first + LIMIT])
        state.commit(record=machines[first : first + LIMIT])
    assert {row.key for row in state.live()} == {row.key for row in machines}
    keys = sorted((row.key for row in machines), reverse=True)
    assert [row.key for row in state.history()] == keys
    assert [row.key for row in state.history(limit=30)] == keys[:30]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"later": {"S": "x"}}, "later: Extra inputs", id="a newer version's"),
        pytest.param({"phase": {"S": "LOST"}}, "phase: Input should be", id="edited by hand"),
        pytest.param({"index": {"L": []}}, "index: Input should be", id="a list for a number"),
        pytest.param({"moved_at": {"NULL": True}}, "moved_at: Input", id="a time taken away"),
        pytest.param({"kind": {"S": "lease"}}, "Input tag 'lease'", id="an unknown kind"),
        pytest.param({"kind": {"L": []}}, "kind", id="no kind at all"),
    ],
)
def test_a_row_that_is_not_understood_is_named(
    state: DynamoState,
    client: DynamoDBClient,
    name: str,
    changes: dict[str, Any],
    told: str,
) -> None:
    state.commit(put=[fence(), instance()])
    client.put_item(TableName=name, Item={**item(instance(), 1), **changes})
    for attempt in (state.live, lambda: state.read(instance().ref)):
        with pytest.raises(UnavailableError, match="undo what was edited by hand") as error:
            attempt()
        assert "instance/L1.0 cannot be understood" in str(error.value)
        assert told in str(error.value)


def test_what_an_older_version_did_not_write_has_its_default(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    old = {
        each: value
        for each, value in item(instance(), 1).items()
        if each not in {"slots", "protected", "forced", "attempt"}
    }
    client.put_item(TableName=name, Item=old)
    assert state.live() == [instance().model_copy(update={"revision": 1})]


def test_sets_that_a_person_made_are_lists(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    edited = {**item(instance(), 1), "queue_ids": {"SS": ["q1"]}}
    client.put_item(TableName=name, Item=edited)
    [row] = state.live()
    assert isinstance(row, Instance)
    assert row.queue_ids == ("q1",)


def test_nothing_is_null_and_comes_back_as_nothing(
    state: DynamoState, client: DynamoDBClient, name: str
) -> None:
    closed = Breaker(
        key="gpu/a100", failures=0, open_until=None, reason="", console=("one", "", "three")
    )
    state.commit(put=[closed])
    seen = rows(client, name)["breaker/gpu/a100"]
    assert seen["open_until"] == seen["reason"] == {"NULL": True}
    assert "instance" not in seen
    assert state.read(closed.ref) == closed.model_copy(update={"revision": 1})


def _wordy(number: int) -> Instance:
    """A machine that said 60 KB before it died."""
    said = {"console": ("x" * 30_000, "y" * 30_000)}
    return instance(f"L1.{number:02}").model_copy(update=said)
