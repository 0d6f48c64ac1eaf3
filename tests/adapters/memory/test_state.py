"""The state table of the tests and simulations."""

import pytest

from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.ledger import Ref
from tests.contracts.state_contract import StateContract
from tests.contracts.state_reading_contract import Reopen
from tests.contracts.state_rows import fence, revision


class TestMemoryState(StateContract):
    @pytest.fixture
    def state(self) -> MemoryState:
        return MemoryState()

    @pytest.fixture
    def reopen(self, state: MemoryState) -> Reopen:
        return lambda: state


class TestSmallMemoryState(TestMemoryState):
    @pytest.fixture
    def state(self) -> MemoryState:
        return MemoryState(limit=10)


class TestMemoryStateInParts(TestMemoryState):
    """Showing a commit row by row breaks no promise."""

    @pytest.fixture
    def state(self) -> MemoryState:
        return MemoryState(between=lambda _: None)


def test_a_commit_under_way_is_shown_in_part() -> None:
    seen: list[tuple[list[str], int]] = []
    state = MemoryState()
    state.commit(put=[fence("old")])
    state.between = lambda _: seen.append(
        (sorted(row.key for row in state.live()), revision(state, Ref("fence", "c")))
    )
    state.commit(put=[fence("b"), fence("c")], remove=[fence("old", revision=1)])
    assert seen == [(["old"], 1), (["b", "old"], 1), (["b", "c", "old"], 1)]
    assert sorted(row.key for row in state.live()) == ["b", "c"]


def test_what_the_hook_raises_leaves_the_commit_done() -> None:
    def crash(ref: Ref) -> None:
        raise ConnectionError(ref)

    state = MemoryState(between=crash)
    with pytest.raises(ConnectionError):
        state.commit(put=[fence("a"), fence("b")])
    assert sorted(row.key for row in state.live()) == ["a", "b"]


def test_a_second_commit_may_run_inside_the_first() -> None:
    shown: list[list[int]] = []
    state = MemoryState()

    def overtake(ref: Ref) -> None:
        state.between = lambda _: shown.append([row.revision for row in state.live()])
        state.commit(put=[fence(ref.key, gen=2, revision=1)])

    state.between = overtake
    state.commit(put=[fence("a")])
    assert shown == [[]]
    assert state.read(fence("a").ref) == fence("a", gen=2, revision=2)
    assert list(state.live()) == [fence("a", gen=2, revision=2)]
