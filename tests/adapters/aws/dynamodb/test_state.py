"""The state table in DynamoDB Local."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autoscaler.adapters.aws.dynamodb import DynamoState
from tests.contracts.state_contract import StateContract
from tests.contracts.state_reading_contract import Reopen
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import connect

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


class TestDynamoState(StateContract):
    @pytest.fixture
    def state(self, client: DynamoDBClient, name: str) -> DynamoState:
        return DynamoState(client, name, limit=LIMIT)

    @pytest.fixture
    def reopen(self, address: str, name: str) -> Reopen:
        """As other functions do, with connections of their own."""
        return lambda: DynamoState(connect(address), name, limit=LIMIT)
