"""What launches left in the account goes with the deployment, and nothing else does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.stack import Deployed, stack
from tests.cli.test_config_on_aws import wanted
from tests.infra.rendered import ROOT, listed
from tests.real.aws import REGION
from tests.real.users import ALL, call_with, deny

REMOVE = ("remove", "--host", "aws", "-c", "team.yaml", "--yes")
AWAY = "eu-west-1"
OURS = {"clearml-autoscaler:deployment": "lab"}
NAME = "clearml-autoscaler-lab-0123"
GUARD = "/clearml-autoscaler/lab/guard"


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Deployed]:
    wanted(tmp_path / "team.yaml")
    with stack(monkeypatch) as made:
        yield made


def template(deployed: Deployed, region: str, name: str, tags: dict[str, str]) -> None:
    deployed.clients.ec2(region).create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": "ami-1"},
        TagSpecifications=[
            {
                "ResourceType": "launch-template",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )


def templates(deployed: Deployed, region: str) -> list[str]:
    found = deployed.clients.ec2(region).describe_launch_templates()["LaunchTemplates"]
    return sorted(each["LaunchTemplateName"] for each in found)


def put(deployed: Deployed, region: str, *names: str) -> None:
    for name in names:
        deployed.clients.ssm(region).put_parameter(Name=name, Value="x", Type="String")


def parameters(deployed: Deployed, region: str) -> list[str]:
    ssm = deployed.clients.ssm(region)
    found = ssm.get_parameters_by_path(Path="/clearml-autoscaler", Recursive=True)["Parameters"]
    return sorted(each["Name"] for each in found)


def test_templates_of_fleets_go_wherever_it_could_start_machines(
    run: Run, deployed: Deployed
) -> None:
    for region in (REGION, AWAY):
        template(deployed, region, NAME, OURS)
    told = run(*REMOVE)

    assert told.exit_code == 0
    assert f"{AWAY}: {NAME} is deleted" in told.stdout
    assert templates(deployed, REGION) == templates(deployed, AWAY) == []


def test_templates_of_others_stay(run: Run, deployed: Deployed) -> None:
    theirs = {
        "clearml-autoscaler-lab-2-0123": {"clearml-autoscaler:deployment": "lab-2"},
        "clearml-autoscaler-lab-by-hand": {"cost-center": "ml"},
        "with-a-copy-of-our-tag": OURS,
    }
    for name, tags in theirs.items():
        template(deployed, REGION, name, tags)

    run(*REMOVE)

    assert templates(deployed, REGION) == sorted(theirs)


def test_the_guard_goes_in_other_regions_and_stays_where_it_is_a_part_of_the_stack(
    run: Run, deployed: Deployed
) -> None:
    old = [f"{GUARD}/0123456789abcdef/{part}" for part in range(6)]
    new = [f"{GUARD}/fedcba9876543210/{part}" for part in range(6)]
    secret = "/clearml-autoscaler/lab/machines/clearml"
    put(deployed, AWAY, *old, *new, secret)
    put(deployed, REGION, *new)

    told = json.loads(run(*REMOVE, "--json").stdout)

    assert sorted(told["deleted"]) == sorted([*old, *new])
    assert parameters(deployed, AWAY) == [secret]
    assert parameters(deployed, REGION) == new


def test_what_may_not_be_deleted_is_told_and_the_rest_goes(
    run: Run, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    template(deployed, REGION, NAME, OURS)
    put(deployed, AWAY, f"{GUARD}/0123456789abcdef/0")
    with monkeypatch.context() as patch:
        deny(patch, "ec2:DeleteLaunchTemplate")
        told = run(*REMOVE)

    assert told.exit_code == 1
    assert f"{REGION}: not everything could be deleted: ec2:DeleteLaunchTemplate" in told.stderr
    assert f"{AWAY}: {GUARD}/0123456789abcdef/0 is deleted" in told.stdout
    assert "No machine is left" in told.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(REMOVE, id="remove"),
        pytest.param(("config", "push", "--host", "aws", "-c", "team.yaml"), id="push"),
        pytest.param(("pause", "--host", "aws", "-c", "team.yaml"), id="pause"),
        pytest.param(("status", "--host", "aws", "-c", "team.yaml"), id="status"),
        pytest.param(("redrive", "--host", "aws", "-c", "team.yaml"), id="redrive"),
    ],
)
def test_the_operators_policy_has_every_action_of(
    run: Run, deployed: Deployed, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    template(deployed, AWAY, NAME, OURS)
    put(deployed, AWAY, f"{GUARD}/0123456789abcdef/0")
    policy = json.loads((ROOT / "infra" / "aws" / "operator-policy.json").read_text())
    allowed = [action for one in policy["Statement"] for action in listed(one["Action"])]
    with monkeypatch.context() as patch:
        # AWS asks for the rights of a transaction's parts, and moto for one of its own
        call_with(patch, {**ALL, "Action": [*allowed, "dynamodb:TransactWriteItems"]})
        told = run(*arguments)

    assert (told.exit_code, told.stderr) == (0, "")
