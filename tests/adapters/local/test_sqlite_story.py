"""Any commits in any order, on a file."""

from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from autoscaler.adapters.local.sqlite import SqliteState
from tests.contracts.state_story import StateStory

A_FEW = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=[*HealthCheck]
)


@pytest.mark.slow
def test_it_answers_as_the_one_in_memory_does(tmp_path: Path) -> None:
    numbers = count()

    class Story(StateStory):
        @staticmethod
        def open(opened: ExitStack) -> SqliteState:
            return opened.enter_context(SqliteState(tmp_path / f"{next(numbers)}.db"))

    run_state_machine_as_test(Story, settings=A_FEW)
