"""What every State promises."""

import pytest

from autoscaler.core.ledger import Fence, Past, Ref, Row
from autoscaler.errors import StaleWriteError
from autoscaler.ports import State
from tests.contracts.state_races import count_up, count_up_in_threads, counted, watch
from tests.contracts.state_reading_contract import Reopen, StateReadingContract
from tests.contracts.state_rows import AT, event, fence, instance, launch, request, revision


class StateContract(StateReadingContract):
    """A subclass gives `state`, an empty table, and `reopen`, another handle on the same one."""

    # --- one row ------------------------------------------------------------------------------

    def test_an_empty_table_has_nothing(self, state: State) -> None:
        assert not state.live()
        assert not state.history()
        assert state.read(fence().ref) is None

    def test_revision_0_creates_what_is_absent(self, state: State) -> None:
        state.commit(put=[fence(gen=7)])
        assert state.read(fence().ref) == fence(gen=7, revision=1)

    def test_revision_0_never_overwrites(self, state: State) -> None:
        state.commit(put=[fence(gen=7)])
        with pytest.raises(StaleWriteError):
            state.commit(put=[fence(gen=8)])
        assert state.read(fence().ref) == fence(gen=7, revision=1)

    def test_each_accepted_write_raises_the_revision_by_one(self, state: State) -> None:
        for written in range(5):
            state.commit(put=[fence(gen=written, revision=written)])
        assert state.read(fence().ref) == fence(gen=4, revision=5)

    @pytest.mark.parametrize("wrong", [1, 3, 99])
    def test_a_write_over_another_revision_is_refused(self, state: State, wrong: int) -> None:
        state.commit(put=[fence()])
        state.commit(put=[fence(gen=1, revision=1)])
        with pytest.raises(StaleWriteError):
            state.commit(put=[fence(gen=2, revision=wrong)])
        assert state.read(fence().ref) == fence(gen=1, revision=2)

    def test_a_write_over_an_absent_row_is_refused(self, state: State) -> None:
        with pytest.raises(StaleWriteError):
            state.commit(put=[fence(revision=1)])
        assert state.read(fence().ref) is None

    def test_a_removed_row_is_gone_and_may_be_created_again(self, state: State) -> None:
        state.commit(put=[fence(gen=7)])
        state.commit(remove=[fence(revision=1)])
        assert state.read(fence().ref) is None
        assert not state.live()
        state.commit(put=[fence(gen=8)])
        assert state.read(fence().ref) == fence(gen=8, revision=1)

    @pytest.mark.parametrize("wrong", [0, 2])
    def test_a_removal_of_another_revision_is_refused(self, state: State, wrong: int) -> None:
        state.commit(put=[fence()])
        with pytest.raises(StaleWriteError):
            state.commit(remove=[fence(revision=wrong)])
        assert revision(state, fence().ref) == 1

    @pytest.mark.parametrize("wrong", [0, 1])
    def test_a_removal_of_an_absent_row_is_refused(self, state: State, wrong: int) -> None:
        with pytest.raises(StaleWriteError):
            state.commit(remove=[fence(revision=wrong)])

    def test_kind_and_key_together_name_a_row(self, state: State) -> None:
        rows: list[Row] = [
            fence("a"),
            fence("A"),
            launch("a"),
            instance("a"),
            request("a"),
            fence("a "),
        ]
        state.commit(put=rows)
        assert [state.read(row.ref) for row in rows] == [
            row.model_copy(update={"revision": 1}) for row in rows
        ]

    # --- several rows -------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("put", "remove"),
        [
            pytest.param([fence("new"), fence("b", revision=9)], [], id="a stale put"),
            pytest.param([fence("new"), fence("b")], [], id="a put of what is there"),
            pytest.param([fence("new"), fence("c", revision=1)], [], id="a put of what is not"),
            pytest.param([fence("new")], [fence("b", revision=9)], id="a stale removal"),
            pytest.param([fence("a", revision=1)], [fence("c", revision=1)], id="nothing there"),
            pytest.param(
                [fence("b", revision=9)],
                [fence("a", revision=1)],
                id="a removal beside a stale put",
            ),
        ],
    )
    def test_one_stale_row_and_nothing_is_written(
        self, state: State, put: list[Row], remove: list[Row]
    ) -> None:
        state.commit(put=[fence("a"), fence("b")])
        with pytest.raises(StaleWriteError):
            state.commit(put=put, remove=remove, record=[event()])
        assert sorted(state.live(), key=str) == [fence("a", revision=1), fence("b", revision=1)]
        assert not state.history()

    def test_puts_removals_and_records_go_together(self, state: State) -> None:
        state.commit(put=[fence("a"), instance()])
        gone = instance(gone_at=AT).model_copy(update={"revision": 1})
        state.commit(put=[fence("a", gen=1, revision=1), fence("b")], remove=[gone], record=[gone])
        assert sorted(state.live(), key=str) == sorted(
            [fence("a", gen=1, revision=2), fence("b", revision=1)], key=str
        )
        assert state.history() == [gone]

    def test_an_empty_commit_is_fine(self, state: State) -> None:
        state.commit()
        assert not state.live()

    def test_as_many_rows_as_the_limit_says(self, state: State) -> None:
        state.commit(put=[instance(f"L1.{number}") for number in range(state.limit)])
        assert len(state.live()) == state.limit

    def test_more_than_the_limit_is_a_mistake(self, state: State) -> None:
        rows = [fence(str(number)) for number in range(state.limit)]
        with pytest.raises(ValueError, match="at most"):
            state.commit(put=rows, record=[event()])
        assert not state.live()

    @pytest.mark.parametrize(
        ("put", "remove", "record"),
        [
            pytest.param([fence(), fence(gen=1)], [], [], id="put twice"),
            pytest.param([fence()], [fence(revision=1)], [], id="put and removed"),
            pytest.param([], [], [event(), event()], id="recorded twice"),
        ],
    )
    def test_a_row_named_twice_is_a_mistake(
        self, state: State, put: list[Row], remove: list[Row], record: list[Past]
    ) -> None:
        with pytest.raises(ValueError, match="twice"):
            state.commit(put=put, remove=remove, record=record)

    # --- several at a time --------------------------------------------------------------------

    def test_of_eight_writers_none_loses_a_write(self, state: State, reopen: Reopen) -> None:
        count_up_in_threads(reopen, writers=8, times=25)
        assert counted(state) == [200, 200]

    def test_a_reader_never_sees_half_a_commit(self, state: State, reopen: Reopen) -> None:
        with watch(reopen) as torn:
            count_up(state, 200)
        assert not torn
        assert isinstance(state.read(Ref("fence", "left")), Fence)
