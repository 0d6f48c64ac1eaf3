"""A deployment on AWS, as far as the command line can tell."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.core.ledger import Instance, Row
from tests.real.aws import CREDENTIALS, REGION
from tests.real.fake_stacks import fake_stacks
from tests.real.state_table import table


class Deployed:
    """A table, and a queue of dead letters; `outputs` is what its stack tells of them."""

    def __init__(self, clients: Clients, name: str) -> None:
        self._sqs = clients.sqs()
        self.state = DynamoState(clients.dynamodb(), name)
        self.letters = self._queue("dead-letters")
        self.clients = clients
        self.outputs = {
            "TableName": name,
            "TopicArn": "arn:t",
            "DeadLettersUrl": self.letters,
            "ConfigIn": "table",
            "MachineRegions": f"{REGION} eu-west-1",
        }

    def add(self, *rows: Row) -> None:
        self.state.commit(put=rows)

    def instance(self) -> Instance:
        (row,) = [row for row in self.state.live() if isinstance(row, Instance)]
        return row

    def _queue(self, name: str) -> str:
        return self._sqs.create_queue(QueueName=name)["QueueUrl"]


@contextmanager
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """Of the deployment `lab`."""
    forget_session()
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    stacks: dict[str, Mapping[str, str]] = {}
    with (
        mock_aws(),
        table(Clients().dynamodb()) as name,
        fake_stacks(stacks) as url,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        made = Deployed(Clients(), name)
        stacks["clearml-autoscaler-lab"] = made.outputs
        yield made
