"""A configuration that lives in the state table."""

import json

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.config import load, parse
from autoscaler.core.ledger import Event
from tests.cli.conftest import Run
from tests.cli.lab import Lab


def more(lab: Lab) -> None:
    """The file allows more machines than the table."""
    text = lab.config.read_text()
    lab.config.write_text(text.replace("    max_instances: 4\n", "    max_instances: 5\n"))


def test_what_is_pushed_can_be_pulled(run: Run, lab: Lab) -> None:
    pushed = run("config", "push", "--by", "ada", "--reason", "first")
    pulled = run("config", "pull")

    assert pushed.stdout == "✓ what stands beside the autoscalers is written\n✓ team is written\n"
    assert parse(pulled.stdout, folder=lab.config.parent) == load(lab.config)
    with SqliteState(lab.file, readonly=True) as state:
        (event,) = state.history()
    assert isinstance(event, Event)
    assert (event.event, event.by, event.reason) == ("wrote *, wrote team", "ada", "first")


def test_pushed_again_nothing_is_written(run: Run, lab: Lab) -> None:
    run("config", "push")

    assert run("config", "push").stdout == "the table holds it already\n"
    with SqliteState(lab.file, readonly=True) as state:
        assert len(state.history()) == 1


def test_diff_shows_what_push_would_change(run: Run, lab: Lab) -> None:
    run("config", "push")
    same = run("config", "diff")
    more(lab)
    other = run("config", "diff", "--json")

    assert (same.exit_code, same.stdout) == (0, "")
    assert other.exit_code == 1
    told = json.loads(other.stdout)
    assert told["changed"]
    assert [line for line in told["diff"] if line[:2] in ("- ", "+ ")] == [
        "-  max_instances: 4",
        "+  max_instances: 5",
    ]


def test_an_autoscaler_that_left_the_file_leaves_the_table(run: Run, lab: Lab) -> None:
    before = lab.config.read_text()
    night = "  - name: night\n    resources: [{name: a, provider: process, queues: [gpu],"
    lab.config.write_text(f"{before}{night} max_instances: 1}}]\n")
    run("config", "push")
    lab.config.write_text(before)

    pushed = json.loads(run("config", "push", "--json").stdout)

    assert pushed == {"written": ["*"], "removed": ["night"]}
    assert "night" not in run("config", "pull").stdout


def test_a_file_with_mistakes_is_not_pushed(run: Run, lab: Lab) -> None:
    lab.config.write_text(lab.config.read_text().replace("max_idle: 15m", "max_idle: 15"))

    result = run("config", "push")

    assert result.exit_code == 2
    assert "say the unit" in result.stderr
    assert not lab.file.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["diff"], id="diff"),
        pytest.param(["pull"], id="pull"),
        pytest.param(["validate", "--stored"], id="validate"),
    ],
)
def test_who_only_looks_makes_no_table(run: Run, lab: Lab, arguments: list[str]) -> None:
    result = run("config", *arguments)

    assert result.exit_code == 2
    assert not lab.file.exists()


def test_pull_overwrites_nothing(run: Run, lab: Lab) -> None:
    run("config", "push")

    refused = run("config", "pull", "-o", str(lab.config))
    written = run("config", "pull", "-o", "other.yaml", "--table", str(lab.file))

    assert refused.exit_code == 2
    assert written.exit_code == 0
    assert load(lab.config.parent / "other.yaml") == load(lab.config)


def test_validate_looks_at_the_file_or_at_the_table(run: Run, lab: Lab) -> None:
    run("config", "push")
    lab.config.write_text("autoscalers: []\n")

    in_file = run("config", "validate")
    in_table = run("config", "validate", "--table", str(lab.file), "--json")

    assert in_file.exit_code == 2
    assert json.loads(in_table.stdout) == {"ok": True, "found": "1 autoscaler, 2 resources"}


def test_a_folder_is_not_written_into_the_table(run: Run, lab: Lab) -> None:
    run("config", "push")

    assert str(lab.config.parent) not in run("config", "pull").stdout
