"""The state table in a file."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import DecisionRow
from autoscaler.errors import UnavailableError
from tests.contracts.state_contract import StateContract
from tests.contracts.state_reading_contract import DAY, Reopen
from tests.contracts.state_rows import AT, event, fence, instance, launch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state with ? and #.db"


@pytest.fixture
def state(path: Path) -> Iterator[SqliteState]:
    with SqliteState(path) as opened:
        yield opened


class TestSqliteState(StateContract):
    @pytest.fixture
    def state(self, path: Path) -> Iterator[SqliteState]:
        with SqliteState(path) as opened:
            yield opened

    @pytest.fixture
    def reopen(self, path: Path) -> Iterator[Reopen]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(SqliteState(path))


def look(path: Path, query: str) -> list[dict[str, Any]]:
    """What a person sees with the sqlite3 shell."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query)]


def test_everything_is_there_after_opening_again(path: Path) -> None:
    with SqliteState(path) as state:
        state.commit(put=[fence(gen=3)], record=[event()])
    with SqliteState(path) as state:
        assert list(state.live()) == [fence(gen=3, revision=1)]
        assert list(state.history()) == [event()]


def test_history_is_pruned_after_ninety_days(state: SqliteState) -> None:
    state.commit(record=[event("E1"), event("E2", at=AT + DAY)])
    state.commit(record=[event("E3", at=AT + 90 * DAY)])
    assert [row.key for row in state.history()] == ["E3", "E2", "E1"]
    state.commit(record=[event("E4", at=AT + 90 * DAY + timedelta(seconds=1))])
    assert [row.key for row in state.history()] == ["E4", "E3", "E2"]


def test_every_kind_of_row_has_a_view(state: SqliteState, path: Path) -> None:
    state.commit(put=[fence()])
    views = look(path, "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")
    names = [view["name"] for view in views]
    assert {"fences", "launches", "instances", "requests", "unavailable", "breakers"} < set(names)
    assert {"controls", "decisions", "events", "past_instances", "past_launches"} < set(names)
    for name in names:
        look(path, f'SELECT * FROM "{name}"')  # noqa: S608  # our own names


def test_a_view_is_flat_and_its_times_are_words(state: SqliteState, path: Path) -> None:
    state.commit(put=[launch(), instance()])
    [row] = look(path, "SELECT * FROM launches")
    assert list(row)[:3] == ["key", "revision", "autoscaler"]
    assert row["revision"] == 1
    assert row["queue_ids"] == "q1; q2"
    assert row["asked"] == "[[0,1],[1]]"
    assert row["deadline"] == "2026-01-01T12:00:00Z"
    assert row["closed_at"] is None
    [machine] = look(path, "SELECT * FROM instances WHERE phase = 'UP'")
    assert machine["reason"] == "registered"


def test_the_decision_row_says_why(state: SqliteState, path: Path) -> None:
    why = Verdict(cause=Cause.RESOURCE_MAX, reason="a100 is at its maximum of 2")
    paused = Verdict(cause=Cause.QUEUE_PAUSED, reason="cpu is tagged force_workers:off")
    state.commit(
        put=[
            DecisionRow(
                key="gpu", at=AT, gen=1, waiting=3, oldest=AT, idle=0, booting=0, busy=2,
                draining=0, live=2, max=2, did=(), did_not=(why, paused),
            )
        ]
    )  # fmt: skip
    [row] = look(path, "SELECT did, did_not FROM decisions")
    assert row["did"] is None
    assert row["did_not"] == (
        "resource-max: a100 is at its maximum of 2; queue-paused: cpu is tagged force_workers:off"
    )


def test_views_of_the_past_show_the_newest_first(state: SqliteState, path: Path) -> None:
    state.commit(record=[event("E1", at=AT + DAY), event("E2"), instance(), launch()])
    assert [row["key"] for row in look(path, "SELECT key FROM events")] == ["E1", "E2"]
    assert [row["key"] for row in look(path, "SELECT key FROM past_instances")] == ["L1.0"]
    assert [row["key"] for row in look(path, "SELECT key FROM past_launches")] == ["L1"]


def test_views_of_another_version_are_brought_up_to_date(path: Path) -> None:
    SqliteState(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP VIEW launches")
        db.execute("DROP VIEW instances")
        db.execute("CREATE VIEW instances AS SELECT kind FROM rows")
    SqliteState(path).close()
    assert not look(path, "SELECT phase FROM instances")
    assert not look(path, "SELECT state FROM launches")


@pytest.mark.parametrize(
    "edited", ["{", "[]", '{"kind": "fence", "key": "lab", "revision": 1, "later": 1}']
)
def test_a_row_that_was_spoiled_by_hand_is_told(
    state: SqliteState, path: Path, edited: str
) -> None:
    state.commit(put=[fence()])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE rows")
        db.execute("CREATE TABLE rows (kind, key, revision, attributes)")
        db.execute("INSERT INTO rows VALUES ('fence', 'lab', 1, ?)", (edited,))
    for attempt in (state.live, lambda: state.read(fence().ref)):
        with pytest.raises(UnavailableError, match="a row cannot be understood"):
            attempt()
