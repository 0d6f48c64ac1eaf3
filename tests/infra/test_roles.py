"""No role can do more than its code asks for."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.aws.dynamodb.writers import WRITERS
from tests.infra.conftest import Rendered
from tests.infra.rendered import ROOT, Template, allowed_actions, listed, texts

FUNCTIONS = ("poller", "launcher", "reaper", "watcher")
ROLES = {**{one: f"{one.title()}Role" for one in FUNCTIONS}, "machine": "MachineRole"}
EVERYTHING = {
    "KmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "MachineRoles": "arn:aws:iam::123456789012:role/mine",
    "OtherAccounts": "arn:aws:iam::210987654321:role/theirs",
    "OtherClouds": "gce",
    "OtherRegions": "eu-west-1",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
    "SecurityGroups": "sg-0a1b2c3d",
    "Subnets": "subnet-0a1b2c3d,subnet-1a1b2c3d",
}
OURS = {"ec2:ResourceTag/clearml-autoscaler:deployment": "team"}


@pytest.fixture(params=[{}, EVERYTHING], ids=["as it comes", "with every option"])
def each(request: pytest.FixtureRequest, rendered: Rendered) -> Template:
    return rendered(**request.param)


def allowing(template: Template, action: str, role: str = "") -> list[dict[str, Any]]:
    """Statements that allow it, by name or by pattern."""
    roles = [role] if role else template.of("AWS::IAM::Role")
    return [
        one
        for name in roles
        for one in template.statements(name)
        if one["Effect"] == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in listed(one["Action"]))
    ]


def test_there_is_one_role_for_each_function_and_one_for_machines(template: Template) -> None:
    assert set(template.of("AWS::IAM::Role")) == set(ROLES.values())
    used = {one["Handler"]: one["Role"] for one in template.of("AWS::Lambda::Function").values()}
    assert used == {
        f"functions/aws/{one}.handler": {"Fn::GetAtt": [ROLES[one], "Arn"]} for one in FUNCTIONS
    }


def test_only_the_reaper_ends_machines_and_only_those_with_our_tag(each: Template) -> None:
    found = allowing(each, "ec2:TerminateInstances")
    assert found == allowing(each, "ec2:TerminateInstances", "ReaperRole")
    assert len(found) == 1
    assert found[0]["Condition"]["StringEquals"].items() >= OURS.items()


@pytest.mark.parametrize("action", ["ec2:StopInstances", "ec2:ModifyInstanceAttribute", "iam:*"])
def test_nobody_has_power_that_no_code_asks_for(each: Template, action: str) -> None:
    assert not allowing(each, action)


def test_no_action_is_a_pattern_and_no_policy_is_somebody_elses(each: Template) -> None:
    for role, properties in each.of("AWS::IAM::Role").items():
        assert not [a for one in each.statements(role) for a in listed(one["Action"]) if "*" in a]
        assert "ManagedPolicyArns" not in properties
        assert not {"NotAction", "NotResource"} & set(texts(properties))


def test_all_resources_are_meant_only_where_aws_knows_no_narrower_right(each: Template) -> None:
    everywhere = {
        (role, one["Sid"])
        for role in each.of("AWS::IAM::Role")
        for one in each.statements(role)
        if one["Effect"] == "Allow" and "*" in listed(one["Resource"])
    }
    assert {sid for _, sid in everywhere} <= {"Look", "LookBeforeStart", "Network"}
    for one in allowing(each, "ec2:DescribeInstances"):
        assert all(action.startswith("ec2:Describe") for action in listed(one["Action"]))


def test_the_right_to_make_network_interfaces_is_lambdas_and_not_the_codes(
    rendered: Rendered,
) -> None:
    template = rendered(**EVERYTHING)
    for role in (ROLES[one] for one in FUNCTIONS):
        allowed = {
            a for a in allowed_actions(template, role) if "Network" in a or "PrivateIp" in a
        }
        (denied,) = (one for one in template.statements(role) if one["Effect"] == "Deny")
        assert {a for a in allowed if ":Describe" not in a} == set(denied["Action"])
        assert "lambda:SourceFunctionArn" in denied["Condition"]["ArnLike"]


def test_machines_start_with_our_tag_and_with_the_second_version_of_metadata_only(
    each: Template,
) -> None:
    tagged, template, rest = allowing(each, "ec2:RunInstances")
    assert (
        tagged["Condition"]["StringEquals"].items()
        >= {
            "aws:RequestTag/clearml-autoscaler:deployment": "team",
            "ec2:MetadataHttpTokens": "required",
        }.items()
    )
    assert [one for one in texts(tagged["Resource"]) if one.endswith(":instance/*")]
    assert not [one for one in texts(rest["Resource"]) if one.endswith((":instance/*", ":*"))]
    tag = {"aws:ResourceTag/clearml-autoscaler:deployment": "team"}
    assert template["Condition"]["StringEquals"].items() >= tag.items()


def test_a_fleet_and_its_template_have_our_tag(each: Template) -> None:
    born = {"aws:RequestTag/clearml-autoscaler:deployment": "team"}
    fleets, _, rest = allowing(each, "ec2:CreateFleet")
    assert fleets["Condition"]["StringEquals"].items() >= born.items()
    assert allowing(each, "ec2:CreateLaunchTemplate") == [fleets]
    made = (":fleet/*", ":instance/*", ":launch-template/*")
    assert not [one for one in texts(rest["Resource"]) if one.endswith(made)]


def test_the_launcher_stores_the_guard_in_other_regions_only(rendered: Rendered) -> None:
    assert not allowing(rendered(), "ssm:PutParameter")
    (one,) = allowing(rendered(OtherRegions="eu-west-1"), "ssm:PutParameter")
    assert one["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": {"Ref": "OtherRegions"}},
        "StringNotEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}},
    }
    assert [text for text in texts(one["Resource"]) if text.endswith("/team/guard/*")]


def test_tags_are_set_while_something_is_made_and_later_only_the_drain_order(
    each: Template,
) -> None:
    born, later = allowing(each, "ec2:CreateTags")
    made = set(born["Condition"]["StringEquals"]["ec2:CreateAction"])
    assert made <= {"CreateFleet", "CreateLaunchTemplate", "RunInstances"}
    assert later["Condition"]["StringEquals"].items() >= OURS.items()
    keys = later["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"]
    assert keys == ["clearml-autoscaler-drain"]
    assert later["Condition"]["Null"] == {"aws:TagKeys": "false"}
    assert allowing(each, "ec2:DeleteTags") == [later]


def test_only_the_machines_role_is_handed_on_and_only_to_ec2(rendered: Rendered) -> None:
    (own,) = allowing(rendered(), "iam:PassRole")
    (others,) = allowing(rendered(**EVERYTHING), "iam:PassRole")
    assert own["Resource"] == {"Fn::GetAtt": ["MachineRole", "Arn"]}
    assert others["Resource"] == {"Ref": "MachineRoles"}
    for one in (own, others):
        assert one["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_secrets_are_read_below_the_deployments_path_only(each: Template) -> None:
    place = r":(parameter/|secret:)clearml-autoscaler/team/|::parameter/aws/service/\*"
    for action in ("ssm:GetParameter", "ssm:GetParameters", "secretsmanager:GetSecretValue"):
        found = allowing(each, action)
        assert found
        for one in found:
            for resource in listed(one["Resource"]):
                assert re.search(place, resource["Fn::Sub"])


def test_the_launcher_reads_logins_at_another_cloud_where_machines_are_started_there(
    rendered: Rendered,
) -> None:
    def paths(template: Template) -> set[str]:
        found = [
            allowing(template, action, "LauncherRole")
            for action in ("ssm:GetParameters", "secretsmanager:GetSecretValue")
        ]
        return {one.rpartition("/team/")[2] for one in texts(found) if "/team/" in one}

    assert paths(rendered()) == {"guard/*", "images/*"}
    assert paths(rendered(OtherClouds="gce")) == {"clouds/*", "guard/*", "images/*"}


def test_a_machine_reads_its_secrets_and_its_guard_writes_its_log_and_can_do_nothing_else(
    template: Template,
) -> None:
    assert allowed_actions(template, "MachineRole") == {
        "ssm:GetParameter",
        "secretsmanager:GetSecretValue",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    (log,) = allowing(template, "logs:PutLogEvents", "MachineRole")
    assert log["Resource"] == {"Fn::GetAtt": ["MachineLogs", "Arn"]}
    read = [one for one in template.statements("MachineRole") if one != log]
    resources = [one["Resource"] for one in read]
    paths = [one.partition("/team/")[2] for one in texts(resources) if one != "Fn::Sub"]
    assert sorted(paths) == ["guard/*", "machines/*", "machines/*"]
    (user,) = listed(
        template.of("AWS::IAM::Role")["MachineRole"]["AssumeRolePolicyDocument"]["Statement"]
    )
    assert user["Principal"] == {"Service": "ec2.amazonaws.com"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_only_the_sections_of_the_table_that_it_has_to(
    template: Template, function: str
) -> None:
    rights = WRITERS[function]
    assert sections(template, "dynamodb:PutItem", function) == rights.put
    assert sections(template, "dynamodb:DeleteItem", function) == rights.delete


def sections(template: Template, action: str, function: str) -> set[str]:
    found: set[str] = set()
    for one in allowing(template, action, ROLES[function]):
        assert one["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
        found |= set(one["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"])
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_exactly_what_the_functions_page_lists(
    template: Template, function: str
) -> None:
    page = (ROOT / "functions" / "README.md").read_text()
    assert allowed_actions(template, ROLES[function]) == documented(page, function)


def documented(page: str, function: str) -> set[str]:
    """The actions that the page's table marks for it, and those that it says everybody has."""
    section = page.partition("### Permissions")[2].partition("\n## ")[0]
    rows = [row.strip("|").split("|") for row in section.splitlines() if row.startswith("|")]
    column = [name.strip() for name in rows[0]].index(function)
    marked = " ".join(row[0] for row in rows[2:] if row[column].strip())
    action = r"`([a-z0-9]+:[A-Z]\w+)`"
    everybody = section.partition("its own log group (")[2].partition(")")[0]
    return set(re.findall(action, marked)) | set(re.findall(action, everybody))


def test_every_role_stays_within_the_operators_boundary(rendered: Rendered) -> None:
    for properties in rendered(**EVERYTHING).of("AWS::IAM::Role").values():
        assert properties["PermissionsBoundary"] == {"Ref": "PermissionsBoundary"}
    for properties in rendered().of("AWS::IAM::Role").values():
        assert "PermissionsBoundary" not in properties


def test_only_regions_and_accounts_of_the_configuration_are_used(rendered: Rendered) -> None:
    template = rendered(OtherAccounts=EVERYTHING["OtherAccounts"])
    for action in ("ec2:DescribeInstances", "ec2:RunInstances", "ec2:TerminateInstances"):
        for one in allowing(template, action):
            regions = one["Condition"]["StringEquals"]["aws:RequestedRegion"]
            assert regions == [{"Ref": "AWS::Region"}, "eu-north-1", "eu-west-1", "us-east-1"]
    for one in allowing(template, "sts:AssumeRole"):
        assert one["Resource"] == {"Ref": "OtherAccounts"}
    assert not allowing(rendered(), "sts:AssumeRole")


def test_parameter_values_come_from_where_serverless_says(template_file: Path) -> None:
    state = (template_file.parent / "serverless-state.json").read_text()
    assert "arn:aws:iam::123456789012:role/machines-of-clearml" in state
