"""The state table in Firestore keeps the promises of State."""

import pytest

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.ports import State
from tests.adapters.gcp.firestore.opened import opened
from tests.contracts.state_contract import StateContract
from tests.contracts.state_reading_contract import Reopen


class TestFirestoreState(StateContract):
    @pytest.fixture
    def state(self, address: str, database: Database) -> FirestoreState:
        return opened(address, database)

    @pytest.fixture
    def reopen(self, address: str, database: Database) -> Reopen:
        return lambda: opened(address, database)

    # These take seconds on the fake too.

    @pytest.mark.slow
    def test_of_eight_writers_none_loses_a_write(self, state: State, reopen: Reopen) -> None:
        super().test_of_eight_writers_none_loses_a_write(state, reopen)

    @pytest.mark.slow
    def test_a_reader_never_sees_half_a_commit(self, state: State, reopen: Reopen) -> None:
        super().test_a_reader_never_sees_half_a_commit(state, reopen)
