"""`init` writes a configuration that loads, and overwrites nothing."""

from pathlib import Path

import pytest

from autoscaler.config import load
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run


def test_it_writes_a_configuration_and_says_what_comes_next(run: Run, tmp_path: Path) -> None:
    result = run("init")

    assert result.exit_code == 0
    assert load(tmp_path / "autoscaler.yaml").autoscalers[0].resources[0].queues == ("default",)
    assert "export CLEARML_API_ACCESS_KEY=…" in result.stdout
    assert "autoscaler check " in result.stdout


def test_credentials_that_are_there_are_no_next_step(run: Run) -> None:
    result = run("init", "-o", "lab.yaml", env=KEYS)

    assert "export" not in result.stdout
    assert "autoscaler up -c lab.yaml" in result.stdout


def test_it_overwrites_only_by_force(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "autoscaler.yaml"
    file.write_text("mine")

    refused = run("init")
    kept = file.read_text()
    forced = run("init", "--force")

    assert (refused.exit_code, kept, forced.exit_code) == (2, "mine", 0)
    assert "--force overwrites it" in refused.stderr
    assert file.read_text() != "mine"


def test_a_place_that_cannot_be_written_is_told(run: Run) -> None:
    result = run("init", "-o", "no/such/folder.yaml")

    assert result.exit_code == 2
    assert "--output = no/such/folder.yaml: cannot be written" in result.stderr


def test_it_proposes_the_queues_of_the_server(run: Run, tmp_path: Path, standin: StandIn) -> None:
    for name in ("gpu", "Big Data", "tab\there", "odd: \x1b[31m[red]"):
        standin.world.queues.create(name)

    result = run("init", "--from-clearml", "--api", standin.url, env=KEYS)

    assert result.exit_code == 0
    loaded = load(tmp_path / "autoscaler.yaml")
    assert loaded.clearml.api == standin.url
    assert [r.queues for r in loaded.autoscalers[0].resources] == [
        ("Big Data",),
        ("default",),
        ("gpu",),
    ]
    assert "3 queues: Big Data, default, gpu" in result.stdout
    left_out = "! Left out, as their names cannot be written in a configuration: 2 queues: "
    assert f"{left_out}odd: \\x1b[31m[red], tab\\there\n" in result.stdout


def test_when_no_name_can_be_written_it_says_so(
    run: Run, tmp_path: Path, standin: StandIn
) -> None:
    queues = standin.world.queues
    queues.create("tab\there")
    queues.delete(queues.default().id)

    result = run("init", "--from-clearml", "--api", standin.url, env=KEYS)

    assert result.exit_code == 2
    assert "no name of its 1 queue can be written: rename one first" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("api", "said"),
    [
        pytest.param("api.clear.ml", "say the protocol too", id="no protocol"),
        pytest.param("https://app.clear.ml", "this is the web page", id="the web page"),
    ],
)
def test_a_wrong_address_is_told(run: Run, tmp_path: Path, api: str, said: str) -> None:
    result = run("init", "--from-clearml", "--api", api, env=KEYS)

    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_credentials_it_asks_for_them(run: Run, tmp_path: Path) -> None:
    result = run("init", "--from-clearml")

    assert result.exit_code == 2
    assert "set the environment variable CLEARML_API_ACCESS_KEY" in result.stderr
    assert list(tmp_path.iterdir()) == []
