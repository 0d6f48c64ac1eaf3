"""Any commits in any order, on DynamoDB Local."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from autoscaler.adapters.aws.dynamodb import DynamoState
from tests.contracts.state_story import StateStory
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

A_FEW = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # shrinking would take minutes here
    suppress_health_check=[*HealthCheck],
)


@pytest.mark.slow
def test_it_answers_as_the_one_in_memory_does(client: DynamoDBClient) -> None:
    class Story(StateStory):
        @staticmethod
        def open(opened: ExitStack) -> DynamoState:
            return DynamoState(client, opened.enter_context(table(client)), limit=LIMIT)

    run_state_machine_as_test(Story, settings=A_FEW)
