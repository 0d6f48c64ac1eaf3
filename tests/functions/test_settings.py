"""What people set in the table counts in the functions: prices, and the configuration."""

import json
from pathlib import Path

import pytest

from autoscaler.config.stored import change
from autoscaler.core.ledger import PriceRow
from autoscaler.errors import ConfigError
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_settings import Settings
from tests.contracts.state_rows import AT
from tests.functions.lab import Lab, configuration
from tests.real.aws import REGION


def price(host: Aws) -> float | None:
    return host.priced.by_key["team/cpu"].dearest


def test_a_price_that_was_looked_up_counts(here: Lab) -> None:
    row = PriceRow(key=f"ec2:{REGION}", at=AT, hourly={"t3.small:on-demand": 0.5})
    here.state.commit(put=[row])

    assert price(Aws(Settings.read(here.environment))) == 0.5


def test_without_a_table_the_shipped_price_counts(here: Lab) -> None:
    us = json.dumps({**configuration("http://x"), "aws": {"region": "us-east-1"}})
    Path(here.environment["CONFIG"]).write_text(us)

    assert price(Aws(Settings.read({**here.environment, "TABLE": "none"}))) == 0.0208


def test_the_configuration_may_live_in_the_table(here: Lab) -> None:
    text = json.dumps(configuration(here.clearml.url))
    pushed = change(text, (), by="ada", at=AT)
    here.state.commit(put=pushed.put)

    host = Aws(Settings.read({**here.environment, "CONFIG": "table:"}))

    assert host.config.name == "lab"
    assert list(host.deployment.by_key) == ["team/cpu"]


def test_a_table_without_one_says_how_to_push_it(here: Lab) -> None:
    with pytest.raises(ConfigError, match="autoscaler config push"):
        Aws(Settings.read({**here.environment, "CONFIG": "table:"}))
