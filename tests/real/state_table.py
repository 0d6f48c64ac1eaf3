"""Tables in DynamoDB Local, as infra/aws/table.yml describes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from os import getpid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import yaml
from botocore.config import Config

from autoscaler.adapters.aws.dynamodb import CONFIG
from tests.real.dynamodb_local import ROOT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATE = ROOT / "infra" / "aws" / "table.yml"

_NUMBERS = count(1)
_AT_CREATION = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
)


class _Template(yaml.SafeLoader):
    """CloudFormation's short forms are kept as they stand: nothing here is to be computed."""


_Template.add_multi_constructor("!", lambda _, suffix, node: (suffix, node.value))


def properties() -> dict[str, Any]:
    """What the template says of the table."""
    found: dict[str, Any] = read_template(TEMPLATE)["Resources"]["Table"]["Properties"]
    return found


def read_template(file: Path) -> dict[str, Any]:
    """As it is written."""
    found: dict[str, Any] = yaml.load(file.read_text(), _Template)  # noqa: S506  # a SafeLoader
    return found


def connect(address: str, config: Config | None = None) -> DynamoDBClient:
    session = boto3.Session("test", "test", region_name="eu-central-1")
    return session.client("dynamodb", endpoint_url=address, config=config or CONFIG)


def make_table(client: DynamoDBClient, *, forgets: bool = False) -> str:
    """The name of a new table.

    `forgets`: what expired is deleted within seconds, by the clock of this computer.
    """
    name = f"state-{getpid()}-{next(_NUMBERS)}"
    wanted = properties()
    client.create_table(TableName=name, **{each: wanted[each] for each in _AT_CREATION})
    if forgets:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification=wanted["TimeToLiveSpecification"]
        )
    return name


@contextmanager
def table(client: DynamoDBClient, *, forgets: bool = False) -> Iterator[str]:
    """The same for a while."""
    name = make_table(client, forgets=forgets)
    try:
        yield name
    finally:
        client.delete_table(TableName=name)
