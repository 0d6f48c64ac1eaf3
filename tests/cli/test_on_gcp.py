"""The same commands for a deployment on Google Cloud, found by its name."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.core.ledger import Control, Instance, Launch, Phase
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import FIRST, Lab
from tests.contracts.topic_contract import pointer
from tests.hosts.project import Project, project

ON_GCP = ("--host", "gcp")


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    with project(monkeypatch) as made:
        yield made


def test_status_and_explain_read_the_database(run: Run, lab: Lab, deployed: Project) -> None:
    deployed.add(lab.instance(), lab.decision())
    assert json.loads(run("status", *ON_GCP, "--json").stdout)["waiting"] == 5
    assert "team" in run("explain", "team", *ON_GCP).stdout
    assert FIRST in run("explain", f"{FIRST}.0", *ON_GCP, "--json").stdout
    assert not lab.file.exists()


def test_a_project_may_be_named_and_counts_more_than_the_environments(
    run: Run, lab: Lab, deployed: Project
) -> None:
    deployed.add(lab.instance())
    elsewhere = {"GOOGLE_CLOUD_PROJECT": "another-project"}
    named = run("status", *ON_GCP, "--project", deployed.name, "--json", env=elsewhere)
    assert len(json.loads(named.stdout)["instances"]) == 1
    assert json.loads(run("status", *ON_GCP, "--json", env=elsewhere).stdout)["instances"] == []


def test_a_stage_is_another_database(run: Run, lab: Lab, deployed: Project) -> None:
    deployed.add(lab.instance())
    told = json.loads(run("status", *ON_GCP, "--stage", "other", "--json").stdout)
    assert told["instances"] == []


def test_an_act_is_written_where_the_functions_read(run: Run, lab: Lab, deployed: Project) -> None:
    deployed.add(lab.instance())
    told = run("drain", "5N1A.0", *ON_GCP, "--reason", "a trial", "--by", "ada")
    assert (told.exit_code, told.stderr) == (0, "")
    assert deployed.instance().phase == Phase.DRAINING
    assert "its poller must run for that" in told.stdout


def test_pause_and_resume_are_written_there(run: Run, lab: Lab, deployed: Project) -> None:
    assert lab.config.exists()
    assert run("pause", "team", *ON_GCP, "--out", "--by", "ada").exit_code == 0
    (row,) = [row for row in deployed.state.live() if isinstance(row, Control)]
    assert (row.scale_out, row.scale_in, row.by) == (False, True, "ada")
    assert run("resume", "team", *ON_GCP, "--out").exit_code == 0


@pytest.mark.usefixtures("lab")
def test_without_a_project_its_option_is_named(
    run: Run, deployed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deployed.name
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    told = run("status", *ON_GCP, env={"GOOGLE_CLOUD_PROJECT": None})
    assert told.exit_code == 2
    assert "gcloud auth application-default login" in " ".join(told.stderr.split())


@pytest.mark.usefixtures("lab")
def test_without_a_login_the_command_that_makes_one_is_told(
    run: Run, deployed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    told = run("status", *ON_GCP, "--project", deployed.name)
    assert told.exit_code == 2
    assert "gcloud auth application-default login" in " ".join(told.stderr.split())


def test_doctor_looks_into_the_database(run: Run, lab: Lab, deployed: Project) -> None:
    deployed.add(lab.instance())
    told = json.loads(run("doctor", *ON_GCP, "--json").stdout)
    assert {"check": "table", "verdict": "ok", "found": "1 row"}.items() <= told["lines"][
        1
    ].items()


def test_plan_looks_with_the_rights_of_whoever_asks(
    run: Run, tmp_path: Path, standin: StandIn, deployed: Project
) -> None:
    Lab(tmp_path, api=standin.url)
    told = run("plan", *ON_GCP, "--json", env={**KEYS, "CLEARML_API_HOST": standin.url})
    assert (told.exit_code, told.stderr) == (0, "")
    assert json.loads(told.stdout)["launches"] == []
    assert list(deployed.state.live()) == []


def test_dead_letters_go_back_to_the_topic_that_they_came_from(
    run: Run, lab: Lab, deployed: Project
) -> None:
    assert lab.config.exists()
    waiting = deployed.subscribed("launch")
    deployed.give_up("launch", pointer().model_dump_json())
    told = run("redrive", *ON_GCP)
    kept = f"{deployed.prefix}-dead-letters"
    assert told.stdout == f"{kept}: 1 handed over again\n"
    (again,) = waiting()
    assert (again.data, dict(again.attributes)) == (
        pointer().model_dump_json().encode(),
        {"kind": "launch"},
    )
    assert run("redrive", *ON_GCP).stdout == f"{kept}: holds nothing\n"


def test_before_its_removal_nothing_starts_and_everything_goes(
    run: Run, lab: Lab, deployed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.add(lab.instance(), lab.launch(deadline=lab.ago(minutes=-5), count=1))
    asked: list[Instance] = []

    def functions_work(_seconds: float) -> None:
        """What the functions do while the command waits."""
        asked.append(deployed.instance())
        rows = {type(row): row for row in deployed.state.live()}
        deployed.state.commit(remove=[deployed.instance(), rows[Launch]])

    monkeypatch.setattr("time.sleep", functions_work)
    told = run("remove", *ON_GCP, "--now", "--yes", "--by", "ada")
    assert (told.exit_code, asked[0].forced) == (0, True)
    assert "terraform destroy" in told.stdout
