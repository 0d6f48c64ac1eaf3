"""`check` looks at everything and changes nothing."""

import json
from pathlib import Path

import pytest

from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import CONFIG, Lab, write_config


@pytest.fixture
def ready(tmp_path: Path, standin: StandIn) -> StandIn:
    """The server has all the queues that the configuration names."""
    write_config(tmp_path, api=standin.url)
    for name in ("fast", "gpu"):
        standin.world.queues.create(name)
    return standin


def test_when_all_is_well_it_says_so_and_what_comes_next(
    run: Run, tmp_path: Path, ready: StandIn
) -> None:
    result = run("check", env=KEYS)

    assert result.exit_code == 0
    assert "✗" not in result.stdout
    assert f"✓ server        {ready.url}: API 2." in result.stdout
    assert "✓ machines      process: nothing keeps them from starting" in result.stdout
    assert "All is well. Next: autoscaler plan, then autoscaler up" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["autoscaler.yaml"]


@pytest.mark.parametrize(
    ("flags", "code", "mark"),
    [
        pytest.param([], 0, "!", id="a warning"),
        pytest.param(["--strict"], 2, "✗", id="an error when strict"),
    ],
)
def test_a_queue_that_does_not_exist_is(
    run: Run, tmp_path: Path, standin: StandIn, flags: list[str], code: int, mark: str
) -> None:
    write_config(tmp_path, api=standin.url)

    result = run("check", *flags, env=KEYS)

    assert result.exit_code == code
    assert f"{mark} queue gpu     queues = gpu: does not exist" in result.stdout


def test_a_queue_that_is_made_by_itself_is_fine(
    run: Run, tmp_path: Path, standin: StandIn
) -> None:
    text = CONFIG.replace("  api: {api}\n", "  api: {api}\n  create_missing_queues: true\n")
    write_config(tmp_path, text, api=standin.url)

    result = run("check", "--strict", env=KEYS)

    assert result.exit_code == 0
    assert "does not exist yet: `up` makes it" in result.stdout


def test_what_hangs_on_missing_secrets_is_not_looked_at(run: Run, tmp_path: Path) -> None:
    write_config(tmp_path)

    result = run("check")

    assert result.exit_code == 2
    assert result.stdout.count("✗") == 2
    assert "- server        not looked at" in result.stdout
    assert "2 to mend; nothing would start." in result.stdout


def test_wrong_credentials_are_found(run: Run, ready: StandIn) -> None:
    result = run("check", env={**KEYS, "CLEARML_API_SECRET_KEY": "no"})

    assert result.exit_code == 2
    assert ready.log.of("auth.login")
    assert "✗ server        clearml.access_key" in result.stdout
    assert "- queues        not looked at" in result.stdout


def test_offline_it_asks_nobody(run: Run, ready: StandIn) -> None:
    result = run("check", "--offline")

    assert result.exit_code == 0
    assert len(ready.log) == 0


def test_a_state_file_of_another_program_is_found(run: Run, lab: Lab) -> None:
    lab.file.write_text("not a database")

    result = run("check")

    assert result.exit_code == 2
    assert "✗ state" in result.stdout


def test_the_json_has_a_line_for_each_look(run: Run, ready: StandIn) -> None:
    told = json.loads(run("check", "--json", env=KEYS).stdout)

    assert ready.url in told["lines"][3]["found"]
    assert told["ok"] is True
    assert [line["check"] for line in told["lines"]] == [
        "configuration",
        "state",
        "credentials",
        "server",
        "queue default",
        "queue fast",
        "queue gpu",
        "machines",
    ]
    assert {tuple(line) for line in told["lines"]} == {
        ("check", "verdict", "found", "field", "value", "remedy", "resource")
    }


@pytest.mark.parametrize(
    ("budget", "warned"),
    [
        pytest.param("budget: {{day: 9}}\n", True, id="a budget of everything"),
        pytest.param("queue_budgets: [{{name: gpu, day: 9}}]\n", True, id="one of its queue"),
        pytest.param("queue_budgets: [{{name: fast, day: 9}}]\n", False, id="one of another"),
        pytest.param(
            "budget: {{day: 9, allow_unknown_prices: true}}\n", False, id="one that allows it"
        ),
        pytest.param("", False, id="none"),
    ],
)
def test_a_price_that_a_budget_needs_is_missed(
    run: Run, tmp_path: Path, ready: StandIn, budget: str, warned: bool
) -> None:
    write_config(tmp_path, budget + CONFIG, api=ready.url)

    told = json.loads(run("check", "--json", env=KEYS).stdout)

    missed = [line["field"] for line in told["lines"] if line["check"] == "prices"]
    assert missed == (["hourly_price of team/gpu"] if warned else [])
    assert told["ok"]
