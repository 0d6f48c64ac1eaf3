"""What machines cost, told and looked up."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.core.ledger import PriceRow, Ref
from tests.adapters.aws.fake_prices import Market, selling
from tests.cli.conftest import Run
from tests.cli.lab import Lab

CONFIG = """\
clearml: {{api: "{api}", agent_access_key: "ssm:/key", agent_secret_key: "ssm:/secret"}}
aws: {{region: eu-west-1}}
autoscalers:
  - name: team
    resources:
      - {{name: gpu, provider: ec2, queues: [gpu], max_instances: 1,
         types: [g5.xlarge, g9.large], spot: true}}
      - {{name: cpu, provider: ec2, queues: [cpu], max_instances: 1,
         types: [m5.large], cpu_only: true, hourly_price: 0.11}}
"""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
LATE = "2026-01-02T00:00:00.000Z"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, text=CONFIG)


@pytest.fixture
def market() -> Iterator[Market]:
    with selling(Market()) as market:
        yield market


def lines(run: Run) -> list[tuple[Any, ...]]:
    told = json.loads(run("prices", "show", "--json").stdout)["prices"]
    return [(p["type"], p["market"], p["hourly_price"], p["source"], p["old"]) for p in told]


def test_what_is_written_shipped_and_unknown_is_told(run: Run, lab: Lab) -> None:
    assert [line[:4] for line in lines(run)] == [
        ("g5.xlarge", "spot", 1.123, "shipped"),
        ("g9.large", "spot", None, "unknown"),
        ("m5.large", "on-demand", 0.11, "written"),
    ]
    assert not lab.file.exists()
    assert "autoscaler prices refresh" in run("prices", "show").stdout


def test_what_is_looked_up_is_kept_and_counts(run: Run, lab: Lab, market: Market) -> None:
    market.on_demand = {("eu-west-1", "g5.xlarge"): ["1.5"], ("eu-west-1", "g9.large"): ["2.5"]}
    market.spot = [("g5.xlarge", "eu-west-1a", "0.4", LATE)]

    result = run("prices", "refresh", env={**CREDENTIALS, "AWS_ENDPOINT_URL": market.url})

    assert result.exit_code == 0
    assert "✓ ec2:eu-west-1 g5.xlarge: 1.5, spot 0.4" in result.stderr
    assert lab.file.exists()
    assert [line[:4] for line in lines(run)] == [
        ("g5.xlarge", "spot", 0.4, "looked up"),
        ("g9.large", "spot", 2.5, "looked up"),
        ("m5.large", "on-demand", 0.11, "written"),
    ]


def test_a_refusal_ends_with_2_and_writes_nothing(run: Run, lab: Lab, market: Market) -> None:
    market.failure = "UnauthorizedOperation"

    result = run("prices", "refresh", env={**CREDENTIALS, "AWS_ENDPOINT_URL": market.url})

    assert result.exit_code == 2
    assert "allow it to who asks, or write hourly_price" in result.stderr
    with SqliteState(lab.file, readonly=True) as state:
        assert state.read(Ref("price", "ec2:eu-west-1")) is None


def test_prices_of_long_ago_are_pointed_out(run: Run, lab: Lab) -> None:
    hourly = {"g5.xlarge:on-demand": 1.5, "g9.large:on-demand": 2.5}
    lab.add(PriceRow(key="ec2:eu-west-1", at=lab.ago(days=31), hourly=hourly))

    assert [line[4] for line in lines(run)] == [True, True, False]
    seen = f"prices were looked up on {lab.ago(days=31):%Y-%m-%d} → autoscaler prices refresh"
    assert seen in run("status").stdout


def test_fresh_prices_are_not(run: Run, lab: Lab) -> None:
    hourly = {"g5.xlarge:on-demand": 1.5, "g9.large:on-demand": 2.5}
    lab.add(PriceRow(key="ec2:eu-west-1", at=lab.now - timedelta(days=29), hourly=hourly))

    assert [line[4] for line in lines(run)] == [False, False, False]
    assert "looked up" not in run("status").stdout


def test_without_a_region_refresh_says_where_to_write_it(run: Run, lab: Lab) -> None:
    lab.config.write_text(lab.config.read_text().replace("aws: {region: eu-west-1}\n", ""))
    nowhere = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, "AWS_CONFIG_FILE": "none"}

    result = run("prices", "refresh", env=nowhere)

    assert result.exit_code == 2
    assert "aws.region: is missing: write it, or set AWS_REGION" in result.stderr


def test_processes_have_no_list_price(run: Run, tmp_path: Path) -> None:
    Lab(tmp_path)

    assert [line[2:4] for line in lines(run)] == [(0.35, "written"), (None, "unknown")]
