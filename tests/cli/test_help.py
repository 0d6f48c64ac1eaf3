"""What a person meets first."""

from pathlib import Path

import pytest
from typer.main import get_command

from autoscaler.cli.app import app
from autoscaler.cli.reference import commands, reference
from tests.cli.conftest import Run

COMMANDS = sorted(name for name, _ in commands(get_command(app)))


def test_without_arguments_it_shows_its_help(run: Run) -> None:
    result = run()

    assert result.exit_code == 0
    assert "Begin:" in result.stdout
    assert all(name.partition(" ")[0] in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(run: Run, command: str) -> None:
    result = run(*command.split(), "--help")

    assert result.exit_code == 0
    assert f"Examples:\n    autoscaler {command}" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_says_each_one_in_full(run: Run, command: str) -> None:
    *above, name = command.split()
    listed = run(*above).stdout.splitlines()
    (line,) = [line for line in listed if line.startswith(f"  {name} ")]

    assert not line.endswith("...")


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")

    assert result.exit_code == 0
    assert result.stdout.startswith("autoscaler 0.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["statsu"], "Did you mean 'status'?", id="a mistyped command"),
        pytest.param(["status", "--jsno"], "--json", id="a mistyped option"),
        pytest.param(["logs"], "Missing argument 'INSTANCE'", id="a missing argument"),
        pytest.param(["up", "--on-shutdown", "never"], "leave", id="a choice that is none"),
        pytest.param(["logs", "x", "-n", "some"], "--lines", id="a number that is none"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_the_reference_is_current() -> None:
    assert Path("docs/cli.md").read_text(encoding="utf-8") == reference()
