"""One DynamoDB Local for the session, one table for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.real import dynamodb_local
from tests.real.state_table import connect, table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    if why := dynamodb_local.missing():
        pytest.skip(why)
    with dynamodb_local.running() as found:
        yield found


@pytest.fixture(scope="session")
def client(address: str) -> DynamoDBClient:
    return connect(address)


@pytest.fixture
def name(client: DynamoDBClient) -> Iterator[str]:
    with table(client) as made:
        yield made
