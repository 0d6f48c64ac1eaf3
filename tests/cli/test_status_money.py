"""What `status` says of money, and of limits that a schedule sets."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from autoscaler.core.ledger import Spend
from tests.cli.conftest import Run
from tests.cli.lab import CONFIG, Lab
from tests.cli.test_status import cells

BUDGETS = """\
budget:
  hour: 2
queue_budgets:
  - name: default
    day: 2
"""
HOURS = "        schedule:\n          - max_instances: 2\n        hourly_price: 0.35\n"


def money(run: Run) -> list[list[str]]:
    """The words of each line under Money."""
    table = run("status").stdout.partition("\nMoney\n")[2].partition("\n\n")[0]
    return [line.split() for line in table.splitlines()[1:]]


@pytest.fixture
def limited(tmp_path: Path) -> Lab:
    text = CONFIG.replace("        hourly_price: 0.35\n", HOURS)
    return Lab(tmp_path, text=BUDGETS + text)


def test_it_shows_what_is_spent_committed_and_left(run: Run, limited: Lab) -> None:
    limited.busy_day()
    limited.add(Spend(key="queue:default", day=1.75, day_until=limited.now + timedelta(minutes=5)))

    assert money(run)[2:] == [
        ["deployment", "lab", "hour", "-", "1.05", "0.95", "2.00"],
        ["queue", "default", "day", "1.75", "0", "0.25", "2.00"],
    ]


def test_without_a_budget_it_says_what_everything_costs(run: Run, lab: Lab) -> None:
    lab.busy_day()
    lab.add(Spend(key="*", month=9.5, month_until=lab.now + timedelta(minutes=5)))

    assert [[line[2], *line[-2:]] for line in money(run)] == [
        ["day", "-", "-"],
        ["month", "-", "-"],
    ]


def test_the_json_has_every_sum(run: Run, limited: Lab) -> None:
    limited.busy_day()

    told = json.loads(run("status", "--json").stdout)["money"]

    assert [(line["of"], line["period"]) for line in told] == [
        ("deployment lab", "day"),
        ("deployment lab", "month"),
        ("deployment lab", "hour"),
        ("queue default", "day"),
    ]
    assert list(told[0]) == [
        "of",
        "period",
        "spent",
        "committed",
        "limit",
        "left",
        "ends",
        "unpriced",
    ]
    assert told[2] | {"ends": ""} == {
        "of": "deployment lab",
        "period": "hour",
        "spent": None,
        "committed": 1.05,
        "limit": 2.0,
        "left": 0.95,
        "ends": "",
        "unpriced": 0,
    }


def test_a_table_without_prices_has_nothing_to_say_of_money(run: Run, tmp_path: Path) -> None:
    lab = Lab(tmp_path, text=CONFIG.replace("        hourly_price: 0.35\n", ""))
    lab.busy_day()

    assert "Money" not in run("status").stdout


def test_a_maximum_is_that_of_the_hour(run: Run, limited: Lab) -> None:
    limited.busy_day()

    assert cells(run("status").stdout, "team/cpu")[1] == "3/2"
