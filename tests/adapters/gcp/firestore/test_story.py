"""Any commits in any order, on the fake and on the emulator."""

from contextlib import ExitStack
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from tests.adapters.gcp.firestore.opened import opened
from tests.contracts.state_story import StateStory

A_FEW = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.reuse, Phase.generate],  # shrinking would take minutes here
    suppress_health_check=[*HealthCheck],
)


@pytest.mark.slow
def test_it_answers_as_the_one_in_memory_does(address: str) -> None:
    numbers = count()

    class Story(StateStory):
        @staticmethod
        def open(opened_: ExitStack) -> FirestoreState:
            del opened_
            return opened(address, Database("story", f"state-{next(numbers)}"))

    run_state_machine_as_test(Story, settings=A_FEW)
