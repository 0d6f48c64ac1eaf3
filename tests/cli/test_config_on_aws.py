"""The configuration in the table of a deployment on AWS."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.config import load, parse
from autoscaler.core.ledger import Ref
from tests.cli.conftest import Run
from tests.cli.stack import Deployed, stack
from tests.infra.test_package import FITS, GOOGLE, written_with

ON_AWS = ("--host", "aws", "-c", "team.yaml")
GPU = FITS["resource"]
ROLE = "arn:aws:iam::123456789012:role/machines"


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with stack(monkeypatch) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return wanted(tmp_path / "team.yaml")


def wanted(path: Path, **changes: str) -> Path:
    """A configuration that the deployment `lab` can use, but for the changes."""
    place = {"name": "lab", "secret": "ssm:/clearml-autoscaler/lab/machines/clearml"}
    path.write_text(written_with({**FITS, **place, **changes}))
    return path


@pytest.mark.usefixtures("deployed")
def test_what_is_pushed_is_pulled_by_whoever_knows_the_deployments_name(
    run: Run, file: Path
) -> None:
    pushed = run("config", "push", *ON_AWS, "--by", "ada")
    config = load(file)
    file.unlink()
    pulled = run("config", "pull", "--host", "aws", "--stage", "lab")

    assert (pushed.exit_code, pushed.stderr) == (0, "")
    assert parse(pulled.stdout, folder=file.parent) == config


@pytest.mark.usefixtures("deployed")
def test_diff_and_validate_look_at_that_table(run: Run, file: Path) -> None:
    run("config", "push", *ON_AWS)
    wanted(file, resource=GPU.replace("max_instances: 1", "max_instances: 2"))

    differs = run("config", "diff", *ON_AWS)
    stored = run("config", "validate", *ON_AWS, "--stored", "--json")

    assert differs.exit_code == 1
    assert "max_instances: 2" in differs.stdout
    assert json.loads(stored.stdout) == {"ok": True, "found": "1 autoscaler, 1 resource"}


@pytest.mark.parametrize("command", ["push", "validate"])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param(
            {"resource": GPU.replace("types", "regions: [{region: us-east-1}], types")},
            "aws.region = us-east-1: its roles may act elsewhere only: deploy again",
            id="another region",
        ),
        pytest.param(
            {"account": f", role: '{ROLE}'"},
            f"aws.role = {ROLE}: its roles may not take it on: deploy again",
            id="another account",
        ),
        pytest.param(
            {"secret": "ssm:/elsewhere/key"}, "keep it there", id="a secret that no role may read"
        ),
    ],
)
def test_what_needs_another_deployment_is_refused_before_it_is_written(
    run: Run, file: Path, deployed: Deployed, command: str, changes: dict[str, str], told: str
) -> None:
    wanted(file, **changes)

    result = run("config", command, *ON_AWS)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert deployed.state.read(Ref("config", "*")) is None


def test_another_deployments_configuration_is_refused(
    run: Run, file: Path, deployed: Deployed
) -> None:
    wanted(file, name="team", secret="ssm:/clearml-autoscaler/team/machines/clearml")

    result = run("config", "push", *ON_AWS, "--stage", "lab")

    assert "deployment = team: the deployment is lab" in result.stderr
    assert deployed.state.read(Ref("config", "*")) is None


def test_regions_and_roles_that_it_was_made_for_may_be_named(
    run: Run, file: Path, deployed: Deployed
) -> None:
    deployed.outputs["AssumedRoles"] = ROLE
    regions = GPU.replace("types", "regions: [{region: eu-west-1}], types")
    wanted(file, account=f", role: '{ROLE}'", resource=regions)

    assert run("config", "push", *ON_AWS).exit_code == 0


def test_machines_of_google_may_be_named_where_the_package_has_its_client(
    run: Run, file: Path, deployed: Deployed
) -> None:
    wanted(file, resource=GOOGLE.replace("/team/", "/lab/"))
    refused = run("config", "push", *ON_AWS)
    deployed.outputs["OtherClouds"] = "gce"
    taken = run("config", "push", *ON_AWS)

    assert (refused.exit_code, taken.exit_code) == (2, 0)
    assert "provider = gce: its package has no client for it" in " ".join(refused.stderr.split())


def test_a_push_that_no_function_reads_says_so(run: Run, file: Path, deployed: Deployed) -> None:
    assert file.exists()
    deployed.outputs["ConfigIn"] = "package"

    result = run("config", "push", *ON_AWS)

    assert result.exit_code == 0
    assert "AUTOSCALER_CONFIG_IN_TABLE=yes" in result.stderr


@pytest.mark.usefixtures("deployed")
def test_a_file_of_this_computer_is_no_table_on_aws(run: Run, file: Path) -> None:
    assert file.exists()

    result = run("config", "pull", *ON_AWS, "--table", "autoscaler.db")

    assert (result.exit_code, "leave it out with --host aws" in result.stderr) == (2, True)


@pytest.mark.usefixtures("lab")
def test_a_stage_needs_a_host(run: Run) -> None:
    assert "--stage = prod: a stage is deployed" in run("config", "pull", "--stage", "prod").stderr
