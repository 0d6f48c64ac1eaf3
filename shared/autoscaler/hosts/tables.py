"""The state table that a person names: a SQLite file, or `dynamodb:NAME`."""

from pathlib import Path

from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.home_region import home_region
from autoscaler.ports import State

_DYNAMODB = "dynamodb:"


def open_table(name: str, *, readonly: bool = False) -> State:
    """The table of that name; ConfigError when it cannot be used, or is not there to be read."""
    if name.startswith(_DYNAMODB):
        return _dynamodb(name.removeprefix(_DYNAMODB))
    from autoscaler.adapters.local.sqlite import SqliteState

    return SqliteState(Path(name), readonly=readonly)


def _dynamodb(table: str) -> State:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.dynamodb import DynamoState

    region = home_region()
    if not region:
        remedy = "its region is missing: set AWS_REGION"
        raise ConfigError(Problem("--table", f"{_DYNAMODB}{table}", remedy))
    return DynamoState(Clients(region).dynamodb(), table)
