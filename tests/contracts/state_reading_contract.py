"""What every State shows of what was written; a part of StateContract."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from autoscaler.core.ledger import Control, Past, Ref, Row
from autoscaler.ports import State
from tests.contracts.state_rows import AT, config, event, fence, instance, launch, prices, request

Reopen = Callable[[], State]

DAY = timedelta(days=1)
HOSTILE = (
    "größer, 机器 🚀 \u2028 \u202e",
    """'; DROP TABLE rows; -- "quoted" `and` \\ \\n {"$.key": [1]} %s ? :name""",
    "nul \0, bell \a, tab \t, lines \r\n",
    " ends in blanks  ",
    "x" * 20_000,
)


class StateReadingContract:
    @pytest.fixture
    def state(self) -> State:
        raise NotImplementedError

    @pytest.fixture
    def reopen(self) -> Reopen:
        raise NotImplementedError

    def test_live_shows_all_but_history_and_what_is_beside(self, state: State) -> None:
        beside: list[Row] = [request(), prices(), config()]
        state.commit(put=[fence(), launch(), instance(), *beside], record=[event()])
        assert {row.ref for row in state.live()} == {fence().ref, launch().ref, instance().ref}
        assert state.read(request().ref) == request().model_copy(update={"revision": 1})

    @pytest.mark.parametrize("row", [prices(), config()], ids=["prices", "configuration"])
    def test_what_people_write_comes_back_as_it_was(self, state: State, row: Row) -> None:
        state.commit(put=[row])
        kept = row.model_copy(update={"revision": 1})
        assert state.read(row.ref) == kept

    def test_another_handle_sees_every_write_at_once(self, state: State, reopen: Reopen) -> None:
        other = reopen()
        for written in range(20):
            state.commit(put=[fence(gen=written, revision=written)], record=[event(str(written))])
            assert other.read(fence().ref) == fence(gen=written, revision=written + 1)
            assert list(other.live()) == [fence(gen=written, revision=written + 1)]
            assert len(other.history()) == written + 1

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_words_come_back_letter_by_letter(self, state: State, text: str) -> None:
        rows: list[Row] = [fence(text[:200]), launch(reason=text), request(body=text)]
        state.commit(put=rows, record=[event(text[:200], subject=text[:200])])
        assert [state.read(row.ref) for row in rows] == [
            row.model_copy(update={"revision": 1}) for row in rows
        ]
        assert state.history(subject=text[:200]) == [event(text[:200], subject=text[:200])]

    @pytest.mark.parametrize(
        "at",
        [
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 10, 25, 2, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=2))),
            datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
        ],
        ids=str,
    )
    def test_times_keep_their_instant(self, state: State, at: datetime) -> None:
        state.commit(put=[Control(key="gpu", at=at)])
        found = state.read(Ref("control", "gpu"))
        assert isinstance(found, Control)
        assert found.at == at
        assert found.at.utcoffset() is not None

    # --- history ------------------------------------------------------------------------------

    def test_history_is_newest_first(self, state: State) -> None:
        oldest = event("E9", at=AT)
        closed = launch(closed_at=AT + DAY)
        moved = instance("L1.1", moved_at=AT + 2 * DAY)
        gone = instance("L1.0", moved_at=AT, gone_at=AT + 3 * DAY)
        newest = event("E1", at=AT + 4 * DAY)
        state.commit(record=[moved, newest, oldest, gone, closed])
        assert list(state.history()) == [newest, gone, moved, closed, oldest]

    def test_of_the_same_instant_the_greater_key_is_the_newer(self, state: State) -> None:
        state.commit(record=[event("E2"), event("E1"), event("E3")])
        assert [row.key for row in state.history()] == ["E3", "E2", "E1"]

    def test_history_since_an_instant_includes_it(self, state: State) -> None:
        state.commit(record=[event(f"E{day}", at=AT + day * DAY) for day in range(3)])
        since = (AT + DAY).astimezone(timezone(timedelta(hours=5)))
        assert [row.key for row in state.history(since=since)] == ["E2", "E1"]
        assert [row.key for row in state.history(since=since + timedelta(microseconds=1))] == [
            "E2"
        ]

    def test_history_of_a_subject_is_its_events_and_itself(self, state: State) -> None:
        mine: list[Past] = [event("E1", subject="L1.0"), instance("L1.0")]
        state.commit(record=[*mine, event("E2", subject="L1.1"), instance("L1.1"), launch("L1")])
        assert {row.ref for row in state.history(subject="L1.0")} == {row.ref for row in mine}

    def test_the_limit_keeps_the_newest(self, state: State) -> None:
        state.commit(record=[event(f"E{day}", at=AT + day * DAY) for day in range(5)])
        assert [row.key for row in state.history(limit=2)] == ["E4", "E3"]
        assert [row.key for row in state.history(limit=1, since=AT, subject="L1.0")] == ["E4"]

    def test_recorded_again_it_replaces(self, state: State) -> None:
        for reason in ("first", "second"):
            state.commit(record=[launch(reason=reason, closed_at=AT), event()])
        assert sorted(state.history(), key=str) == sorted(
            [launch(reason="second", closed_at=AT), event()], key=str
        )

    def test_the_history_of_a_row_does_not_touch_the_row(self, state: State) -> None:
        state.commit(put=[instance()])
        state.commit(record=[instance(gone_at=AT)])
        assert state.read(instance().ref) == instance().model_copy(update={"revision": 1})
        assert state.read(event().ref) is None
