"""A state table by the name that a person gives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.errors import ConfigError
from autoscaler.hosts.tables import open_table
from tests.contracts.state_rows import config
from tests.real.aws import CREDENTIALS
from tests.real.state_table import table


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws():
        yield


def test_a_table_of_dynamodb_is_named_with_its_service() -> None:
    with table(Clients().dynamodb()) as name:
        open_table(f"dynamodb:{name}").commit(put=[config()])

        assert open_table(f"dynamodb:{name}", readonly=True).read(config().ref) is not None


def test_any_other_name_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.db"
    open_table(str(file)).commit(put=[config()])

    assert open_table(str(file), readonly=True).read(config().ref) is not None


def test_without_a_region_there_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    forget_session()

    with pytest.raises(ConfigError, match="--table = dynamodb:x: its region is missing"):
        open_table("dynamodb:x")
