"""What a person sees in the Firestore console, and what comes back from it."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.types import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.adapters.gcp.firestore.documents import attributes, fields, place
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import BaseRow, Breaker, DecisionRow, QueueSeen, Ref, Row, Spend
from autoscaler.errors import UnavailableError
from tests.adapters.gcp.firestore.opened import documents
from tests.contracts.state_rows import AT, config, event, fence, instance, launch, prices, request

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


def seen(document: Document) -> dict[str, Any]:
    """The fields as the console shows them: each with its type."""
    return {name: _shown(value) for name, value in Document.pb(document).fields.items()}


def _shown(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return {name: _shown(each) for name, each in value.map_value.fields.items()}
    if kind == "array_value":
        return [_shown(each) for each in value.array_value.values]
    return {kind.removesuffix("_value"): getattr(value, kind)}


def edit(address: str, database: Database, at: str, changes: dict[str, Any]) -> None:
    """Change fields as a person does in the console; an empty mapping takes the field away."""
    name = database.document(at)
    client = in_the_clear(FirestoreClient, address)
    asked = {"database": database.path, "documents": [name]}
    (found,) = (each.found for each in client.batch_get_documents(request=asked))
    for field, value in changes.items():
        found.fields.pop(field, None)
        if value:
            found.fields[field] = value
    client.commit(request={"database": database.path, "writes": [{"update": found}]})


# --- what is seen -------------------------------------------------------------------------------


def test_a_row_is_flat_and_has_what_says_something(
    state: FirestoreState, address: str, database: Database
) -> None:
    state.commit(put=[launch(), instance()])
    shown = documents(address, database, "live")
    assert seen(shown["instance:L1.0"]) == {
        "kind": {"string": "instance"},
        "key": {"string": "L1.0"},
        "revision": {"integer": 1},
        "autoscaler": {"string": "gpu"},
        "resource": {"string": "a100"},
        "compute": {"string": "ec2"},
        "launch": {"string": "L1"},
        "index": {"integer": 0},
        "phase": {"string": "UP"},
        "reason": {"string": "registered"},
        "moved_at": {"string": "2026-01-01T12:00:00Z"},
        "requested_at": {"string": "2026-01-01T12:00:00Z"},
        "attempt": {"integer": 0},
        "slots": {"integer": 1},
        "protected": {"boolean": False},
        "forced": {"boolean": False},
        "requeue": {"boolean": False},
        "settled": {"boolean": False},
        "unheard": {"boolean": False},
    }
    ordered = seen(shown["launch:L1"])
    assert ordered["queue_ids"] == [{"string": "q1"}, {"string": "q2"}]
    assert ordered["asked"] == [
        {"list": [{"integer": 0}, {"integer": 1}]},
        {"list": [{"integer": 1}]},
    ]


def test_a_decision_says_why_without_any_json(
    state: FirestoreState, address: str, database: Database
) -> None:
    state.commit(put=[DECISION])
    shown = seen(documents(address, database, "live")["decision:gpu"])
    assert shown["did_not"] == [
        {
            "cause": {"string": "resource-max"},
            "reason": {"string": "a100 is at its maximum of 2"},
            "queue": {"string": "train"},
            "count": {"integer": 0},
        }
    ]
    assert shown["max"] == {"null": 0}
    assert state.read(DECISION.ref) == DECISION.model_copy(update={"revision": 1})


def test_what_no_plan_is_made_of_has_collections_of_its_own(
    state: FirestoreState, address: str, database: Database
) -> None:
    state.commit(put=[fence(), request(), prices(), config()])
    named = {each: [*documents(address, database, each)] for each in ("live", "request", "price")}
    assert named == {
        "live": ["fence:lab"],
        "request": ["request:L1.1"],
        "price": ["price:ec2:eu-west-1"],
    }
    assert [*documents(address, database, "config")] == ["config:*"]


def test_the_history_is_by_time_says_whom_it_is_about_and_expires(
    state: FirestoreState, address: str, database: Database
) -> None:
    gone = instance(gone_at=AT + timedelta(days=1))
    state.commit(record=[event(subject="L1.0"), gone])
    shown = documents(address, database, "history")
    happened, ended = shown["event:E1"], shown["instance:L1.0"]
    assert seen(happened)["row"] == {"string": "2026-01-01T12:00:00.000000Z E1 event"}
    assert seen(ended)["row"] == {"string": "2026-01-02T12:00:00.000000Z L1.0 instance"}
    assert seen(happened)["subject"] == seen(ended)["subject"] == {"string": "L1.0"}
    expires = Document.pb(happened).fields["expires"].timestamp_value
    assert expires.ToDatetime(tzinfo=UTC) == datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert "expires" not in seen(_after_a_put(state, address, database))


def _after_a_put(state: FirestoreState, address: str, database: Database) -> Document:
    state.commit(put=[instance()])
    return documents(address, database, "live")["instance:L1.0"]


@pytest.mark.parametrize(
    ("ref", "stands"),
    [
        pytest.param(Ref("breaker", "gpu/a100"), "live/breaker:gpu%2Fa100", id="a slash"),
        pytest.param(Ref("told", "50%2F"), "live/told:50%252F", id="an escape"),
        pytest.param(Ref("told", ".."), "live/told:..", id="what may not be a name by itself"),
        pytest.param(Ref("told", "__x__"), "live/told:__x__", id="what Google keeps for itself"),
        pytest.param(Ref("told", "größer 机器"), "live/told:größer 机器", id="other letters"),
        pytest.param(Ref("told", ""), "live/told:", id="nothing"),
    ],
)
def test_a_name_says_kind_and_key(ref: Ref, stands: str) -> None:
    assert place(ref) == stands


# --- what comes back ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"later": {"string_value": "x"}}, "later: Extra inputs", id="a newer one's"),
        pytest.param({"phase": {"string_value": "LOST"}}, "phase: Input", id="edited by hand"),
        pytest.param({"index": {"array_value": {}}}, "index: Input", id="a list for a number"),
        pytest.param({"reason": {"null_value": 0}}, "reason: Input", id="null for a text"),
        pytest.param({"moved_at": {}}, "moved_at: Field required", id="a time taken away"),
        pytest.param({"kind": {"string_value": "lease"}}, "Input tag 'lease'", id="a new kind"),
        pytest.param({"kind": {"array_value": {}}}, "kind", id="no kind at all"),
        pytest.param(
            {"zone": {"geo_point_value": {"latitude": 1.0}}}, "zone: Input", id="another type"
        ),
    ],
)
def test_a_row_that_is_not_understood_is_named(
    state: FirestoreState,
    address: str,
    database: Database,
    changes: dict[str, Any],
    told: str,
) -> None:
    state.commit(put=[fence(), instance()])
    edit(address, database, "live/instance:L1.0", changes)
    for attempt in (state.live, lambda: state.read(instance().ref)):
        with pytest.raises(UnavailableError, match="undo what was edited by hand") as error:
            attempt()
        assert "live/instance:L1.0 cannot be understood" in str(error.value)
        assert told in str(error.value)


def test_what_an_older_version_did_not_write_has_its_default(
    state: FirestoreState, address: str, database: Database
) -> None:
    state.commit(put=[instance()])
    edit(address, database, "live/instance:L1.0", {"slots": {}, "protected": {}, "attempt": {}})
    assert state.live() == [instance().model_copy(update={"revision": 1})]


def test_a_time_may_be_edited_as_a_time(
    state: FirestoreState, address: str, database: Database
) -> None:
    state.commit(put=[instance()])
    edit(address, database, "live/instance:L1.0", {"moved_at": {"timestamp_value": AT}})
    assert state.live() == [instance().model_copy(update={"revision": 1})]


def test_texts_in_a_list_may_be_empty(state: FirestoreState) -> None:
    closed = Breaker(
        key="gpu/a100", failures=0, open_until=None, reason="", console=("one", "", "three")
    )
    state.commit(put=[closed])
    assert state.read(closed.ref) == closed.model_copy(update={"revision": 1})


@settings(derandomize=True, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70))
def test_a_number_comes_back_to_the_last_bit(hour: float, gen: int) -> None:
    rows: list[Row] = [Spend(key="*", hour=hour), fence(gen=gen)]
    for row in rows:
        assert type(row).model_validate(attributes(_kept(row))) == row


def test_no_row_has_a_field_that_only_the_history_has() -> None:
    for model in get_args(get_args(Row)[0]):
        assert not {"row", "expires"} & {*model.model_fields}


def _kept(row: BaseRow) -> Document:
    sent = Document.serialize(Document(fields=fields(row, row.revision)))
    kept: Document = Document.deserialize(sent)
    return kept
