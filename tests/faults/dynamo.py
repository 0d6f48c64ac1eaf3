"""The state table of a run in DynamoDB Local."""

from functools import cached_property
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.ports import State
from tests.faults.stored import StoredLedger
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import connect, make_table


class DynamoLedger(StoredLedger):
    READS = ("get_item", "query")
    WRITES = ("put_item", "delete_item", "transact_write_items")

    def opened(self, address: str, limit: int) -> State:
        del address
        name = make_table(self._client)
        slow: Any = self.slow(self._client)
        return DynamoState(slow, name, limit=min(limit, LIMIT), pause=self.passes)

    def unanswered(self, *, sent: bool) -> Exception:
        if sent:
            return ReadTimeoutError(endpoint_url="DynamoDB")
        return ConnectTimeoutError(endpoint_url="DynamoDB")

    @cached_property
    def _client(self) -> Any:
        return connect(self._address)
