"""What may be meant so: told, and nothing is skipped for it."""

from collections.abc import Callable

import pytest

from tests.adapters.aws.doctor.account import LINKED, LOGIN, SPOT_G, Account
from tests.real.aws import ACCOUNT, REGION

RESOURCE = "autoscalers[team].resources[gpu]"
Change = Callable[[Account], object]
LOOKS = {
    "ec2:DescribeInstanceTypeOfferings": "types",
    "ec2:DescribeImages": "image",
    "ec2:DescribeRouteTables": "subnets",
    "ec2:DescribeSecurityGroups": "security groups",
    "ec2:DescribeKeyPairs": "key pair",
    "iam:GetInstanceProfile": "instance profile",
    "iam:GetRole": "linked roles",
}


def no_route(account: Account) -> None:
    account.ec2.delete_route(RouteTableId=account.table, DestinationCidrBlock="0.0.0.0/0")


def no_public_addresses(account: Account) -> None:
    for subnet in account.names["subnets"]:
        account.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})


def no_free_addresses(account: Account) -> None:
    for subnet in account.names["subnets"]:
        account.fill(subnet)


def nothing_goes_out(account: Account) -> None:
    group = account.names["group"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    account.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)


def type_of_one_zone(account: Account) -> None:
    account.write("types: [g5.xlarge, g7.2xlarge]")


@pytest.mark.parametrize(
    ("change", "check", "field", "remedy"),
    [
        pytest.param(
            type_of_one_zone, "types", "types", f"{REGION}b does not sell it", id="one zone less"
        ),
        pytest.param(
            lambda account: account.names.update(ami=account.image("team-1")),
            "image",
            "ami",
            "NVIDIA's driver",
            id="an image that may have no driver",
        ),
        pytest.param(no_route, "subnets", "subnets", "no route leads out", id="no way out"),
        pytest.param(
            no_public_addresses, "subnets", "subnets", "no public address", id="no address outside"
        ),
        pytest.param(
            no_free_addresses, "subnets", "subnets", "no free address", id="no address inside"
        ),
        pytest.param(
            nothing_goes_out, "security groups", "security_groups", "tcp 443", id="a closed group"
        ),
    ],
)
def test_what_may_be_meant_so_is_a_warning(
    account: Account, change: Change, check: str, field: str, remedy: str
) -> None:
    change(account)

    told = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert {(one.check, one.resource) for one in told} == {(check, "team/gpu")}
    assert {one.verdict for one in told} == {"warning"}
    assert {one.field for one in told} == {f"{RESOURCE}.{field}"}
    assert all(remedy in one.remedy for one in told)


@pytest.mark.parametrize(("role", "service"), LINKED.items())
def test_a_role_of_ec2_that_is_missing_is_a_warning(
    account: Account, role: str, service: str
) -> None:
    account.iam.delete_role(RoleName=role)

    (told,) = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert (told.check, told.verdict) == ("linked roles", "warning")
    assert told.value == role
    assert f"--aws-service-name {service}" in told.remedy


def test_what_the_deployment_s_own_role_may_read_is_fine(account: Account) -> None:
    own = "clearml-autoscaler-lab-machines"
    account.profile(own)
    account.names["profile"] = own
    arn = account.secrets.describe_secret(SecretId=LOGIN)["ARN"]
    account.text = account.text.replace(f"secretsmanager:{LOGIN}", f"secretsmanager:{arn}")

    assert arn in account.text
    assert {finding.verdict for finding in account.findings()} == {"ok"}


def test_one_type_in_one_place_on_demand_needs_no_role_of_ec2(account: Account) -> None:
    account.write("types: [g5.xlarge]", "zones: []", "subnets: [{subnets[0]}]")
    account.write("spot: false", "on_demand_fallback: false")
    for role in LINKED:
        account.iam.delete_role(RoleName=role)

    assert {finding.verdict for finding in account.findings()} == {"ok"}


def test_a_quota_for_some_of_the_machines_is_a_warning(account: Account) -> None:
    account.quotas.granted[SPOT_G] = 31

    (told,) = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert (told.check, told.verdict) == (f"quota {REGION} spot g", "warning")
    assert told.value == "4"
    assert f"quota {SPOT_G} allows 31 vCPUs" in told.remedy
    assert "may have 32" in told.remedy


def test_no_more_machines_count_than_there_may_be_at_once(account: Account) -> None:
    account.quotas.granted[SPOT_G] = 31
    account.text = account.text.replace(
        "  - name: team\n", "  - name: team\n    max_instances: 3\n"
    )

    assert {finding.verdict for finding in account.findings()} == {"ok"}


def test_a_quota_that_nobody_asked_for_is_what_aws_gives_to_all(account: Account) -> None:
    account.quotas.granted.clear()
    account.quotas.default = 96.0

    assert [one.found for one in account.findings()][-2:] == ["32 of 96 vCPUs"] * 2


@pytest.mark.parametrize(("action", "check"), LOOKS.items())
def test_what_nobody_may_look_at_is_said_to_be_unknown(
    account: Account, monkeypatch: pytest.MonkeyPatch, action: str, check: str
) -> None:
    account.deny(monkeypatch, action)

    (told,) = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert (told.check, told.verdict) == (check, "warning")
    assert told.field == action.partition(":")[2]
    assert "may not call it" in told.remedy


def test_quotas_that_nobody_may_look_at_are_said_to_be_unknown(account: Account) -> None:
    account.quotas.failure = "AccessDeniedException"

    told = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert {(one.verdict, one.field) for one in told} == {("warning", "GetServiceQuota")}
    assert len(told) == 2


def test_what_aws_cannot_answer_is_an_error(account: Account) -> None:
    account.quotas.failure = "IllegalArgumentException"

    told = [finding for finding in account.findings() if finding.verdict != "ok"]

    assert {(one.verdict, one.field, one.value) for one in told} == {
        ("error", "GetServiceQuota", "IllegalArgumentException")
    }
    assert all("look again later" in one.remedy for one in told)


def test_types_that_nobody_may_look_at_leave_the_quotas_out(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.deny(monkeypatch, "ec2:DescribeInstanceTypes")

    told = [(one.check, one.verdict) for one in account.findings() if one.verdict != "ok"]

    assert told == [("types", "warning"), ("quotas", "skipped")]


def test_another_region_is_looked_at_under_its_name(account: Account) -> None:
    account.write("regions: [{{region: eu-west-1, ami: ami-0a1b2c3d}}]")

    told = account.findings()

    wrong = [(one.check, one.field) for one in told if one.verdict == "error"]
    assert wrong == [
        ("image in eu-west-1", f"{RESOURCE}.regions[eu-west-1].ami"),
        ("secrets in eu-west-1", "clearml.agent_access_key"),
        ("secrets in eu-west-1", "clearml.agent_access_key"),
        ("secrets in eu-west-1", "clearml.agent_secret_key"),
    ]
    assert [one.verdict for one in told if one.check == "launch"] == ["ok"]
    assert [one.verdict for one in told if one.check == "launch in eu-west-1"] == ["skipped"]
    assert ACCOUNT in told[0].found
