"""Bad input: a clear error, exit code 2, nothing started."""

import json
from pathlib import Path

import pytest

from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import CONFIG, write_config

SECOND_AUTOSCALER = """\
  - name: other
    workers_prefix: dynamic_team
    resources:
      - {{name: cpu, provider: process, queues: [x-queue], max_instances: 1}}
"""

BAD = [
    pytest.param(
        CONFIG.replace("max_idle: 15m", "max_idel: 15m"),
        "autoscalers[0].max_idel (line 10): unknown key: did you mean max_idle?",
        id="an unknown key",
    ),
    pytest.param(
        CONFIG.replace("max_instances: 4", "max_instances: many"),
        "autoscalers[0].max_instances (line 9) = many: write a whole number",
        id="a wrong type",
    ),
    pytest.param(
        CONFIG + SECOND_AUTOSCALER,
        "two autoscalers with one prefix would stop each other's machines",
        id="two autoscalers with one prefix",
    ),
    pytest.param(
        CONFIG.replace("        queues: [gpu]\n", ""),
        "autoscalers[0].resources[1].queues (line 18): is missing",
        id="a resource without queue",
    ),
    pytest.param(
        CONFIG.replace("        max_instances: 1\n", "        max_instances: -1\n"),
        "autoscalers[0].resources[1].max_instances (line 21) = -1: at least 0",
        id="a negative maximum",
    ),
    pytest.param("", "autoscaler.yaml: is empty: `autoscaler init` writes one", id="nothing"),
    pytest.param("a: [", "autoscaler.yaml (line 1", id="no YAML"),
]
COMMANDS = [["check"], ["check", "--offline"], ["up"], ["up", "--once"], ["plan"], ["status"]]


def nothing_started(folder: Path) -> bool:
    return [path.name for path in folder.iterdir()] == ["autoscaler.yaml"]


@pytest.mark.parametrize(("text", "said"), BAD)
@pytest.mark.parametrize("command", [["up"], ["status"]], ids=" ".join)
def test_each_mistake_names_field_value_and_remedy(
    run: Run, tmp_path: Path, command: list[str], text: str, said: str
) -> None:
    write_config(tmp_path, text)

    result = run(*command, env=KEYS)

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert said in result.stderr
    assert result.stdout == ""
    assert nothing_started(tmp_path)


@pytest.mark.parametrize(("text", "said"), BAD)
def test_check_names_them_in_its_list(run: Run, tmp_path: Path, text: str, said: str) -> None:
    write_config(tmp_path, text)

    result = run("check", env={**KEYS, "COLUMNS": "300"})

    assert result.exit_code == 2
    assert "✗ configuration" in result.stdout
    assert said in result.stdout
    assert nothing_started(tmp_path)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_file_says_how_to_get_one(run: Run, tmp_path: Path, command: list[str]) -> None:
    result = run(*command, env=KEYS)

    assert result.exit_code == 2
    assert "no such file: `autoscaler init` writes one" in result.output.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["up"], ["up", "--once"], ["plan"]], ids=" ".join)
def test_missing_secrets_are_all_named_at_once(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    write_config(tmp_path)

    result = run(*command)

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"error: clearml.{name} = env:{variable}: set the environment variable {variable}"
        for name, variable in (
            ("access_key", "CLEARML_API_ACCESS_KEY"),
            ("secret_key", "CLEARML_API_SECRET_KEY"),
        )
    ]
    assert nothing_started(tmp_path)


@pytest.mark.parametrize("command", [["up"], ["plan"], ["init", "--from-clearml", "-o", "x.yaml"]])
def test_wrong_credentials_name_their_fields(
    run: Run, tmp_path: Path, standin: StandIn, command: list[str]
) -> None:
    write_config(tmp_path, api=standin.url)

    result = run(
        *command,
        env={**KEYS, "CLEARML_API_SECRET_KEY": "wrong", "CLEARML_API_HOST": standin.url},
    )

    assert result.exit_code == 2
    assert "error: clearml.access_key = env:CLEARML_API_ACCESS_KEY" in result.stderr
    assert "check clearml.access_key and clearml.secret_key" in result.stderr
    assert "wrong" not in result.stderr
    assert nothing_started(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["up"], ["plan"]], ids=" ".join)
def test_an_unreachable_server_names_its_address(
    run: Run, tmp_path: Path, command: list[str]
) -> None:
    write_config(tmp_path)

    result = run(*command, env=KEYS)

    assert result.exit_code == 2
    assert "error: clearml.api = http://127.0.0.1:9: check the address, the network" in (
        result.stderr
    )
    assert nothing_started(tmp_path)


def test_a_machine_that_could_not_start_is_told_before_anything_starts(
    run: Run, tmp_path: Path, standin: StandIn
) -> None:
    text = CONFIG.replace("task_python: {python}", "agent: [no-such-agent]")
    write_config(tmp_path, text, api=standin.url)

    result = run("up", env=KEYS)

    assert result.exit_code == 2
    assert "no-such-agent: this program was not found" in result.stderr
    assert nothing_started(tmp_path)


def test_with_json_errors_are_json_too(run: Run, tmp_path: Path) -> None:
    write_config(tmp_path, CONFIG.replace("max_instances: 3", "max_instances: -3"))

    result = run("up", "--json", env=KEYS)

    assert result.exit_code == 2
    assert json.loads(result.stderr) == {
        "error": {
            "problems": [
                {
                    "field": "autoscalers[0].resources[0].max_instances (line 15)",
                    "value": "-3",
                    "remedy": "at least 0",
                }
            ]
        }
    }


def test_a_hostile_value_cannot_command_the_terminal(run: Run, tmp_path: Path) -> None:
    write_config(tmp_path, CONFIG.replace("name: team", 'name: "\\e[31m[bold]x"'))

    result = run("status")

    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert "[bold]x" in result.stderr
