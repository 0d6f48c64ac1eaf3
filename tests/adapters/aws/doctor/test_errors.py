"""Each look finds what it is there for, and no other look complains of the same thing."""

from collections.abc import Callable

import pytest

from autoscaler.ports import Finding
from tests.adapters.aws.doctor.account import LOGIN, ON_DEMAND_G, PROFILE, Account
from tests.real.aws import REGION

RESOURCE = "autoscalers[team].resources[gpu]"
ROLE = "arn:aws:iam::210987654321:role/autoscaler"
Break = Callable[[Account, pytest.MonkeyPatch], object]


def test_in_a_sound_account_every_look_says_what_it_found(account: Account) -> None:
    told = account.findings()

    assert {finding.verdict for finding in told} == {"ok"}
    assert [finding.check for finding in told] == [
        "aws account",
        "types",
        "image",
        "subnets",
        "security groups",
        "key pair",
        "secrets",
        "instance profile",
        "linked roles",
        "tags",
        "launch",
        f"quota {REGION} spot g",
        f"quota {REGION} on-demand g",
    ]
    assert all(finding.found for finding in told)
    assert told[-1].found == "32 of 64 vCPUs"


def no_credentials(_: Account, patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        patch.setenv(name, "/dev/null")


def old_keys(account: Account, patch: pytest.MonkeyPatch) -> None:
    account.deny(patch, "s3:*")
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIAOLDOLDOLDOLDOLDO")


def no_region(_: Account, patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        patch.delenv(name)


def a_role_that_does_not_know_us(account: Account, patch: pytest.MonkeyPatch) -> None:
    account.text = account.text.replace("aws:\n", f"aws:\n  role: {ROLE}\n  external_id: x-42\n")
    account.deny(patch, "sts:AssumeRole")


@pytest.mark.parametrize(
    ("broken", "field", "value", "remedy"),
    [
        pytest.param(no_credentials, "aws.access_key", "", "AWS_PROFILE", id="no credentials"),
        pytest.param(
            old_keys, "aws.access_key", "", "InvalidClientTokenId", id="keys that are not known"
        ),
        pytest.param(no_region, "aws.region", "", "set AWS_REGION", id="no region"),
        pytest.param(
            a_role_that_does_not_know_us, "aws.role", ROLE, "external id x-42", id="a role"
        ),
    ],
)
def test_without_an_account_nothing_else_is_looked_at(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    broken: Break,
    field: str,
    value: str,
    remedy: str,
) -> None:
    broken(account, monkeypatch)
    account.another_caller()

    wrong, skipped = account.findings()

    assert (wrong.check, wrong.verdict, wrong.resource) == ("aws account", "error", "")
    assert (wrong.field, wrong.value) == (field, value)
    assert remedy in wrong.remedy
    assert (skipped.resource, skipped.verdict) == ("team/gpu", "skipped")
    assert "aws account" in skipped.found


def named(**names: object) -> Break:
    return lambda account, _: account.names.update(names)


def image(**like: str) -> Break:
    return lambda account, _: account.names.update(ami=account.image("nvidia", **like))


def written(*lines: str) -> Break:
    return lambda account, _: account.write(*lines)


def call(service: str, name: str, **said: object) -> Break:
    return lambda account, _: getattr(getattr(account, service), name)(**said)


def type_of_another_zone(account: Account, _: pytest.MonkeyPatch) -> None:
    account.write("types: [g5g.xlarge]")
    account.names["ami"] = account.image("arm-nvidia", architecture="arm64")


def swapped_zones(account: Account, _: pytest.MonkeyPatch) -> None:
    account.names["zones"] = account.names["zones"][::-1]


def subnet_of_another_network(account: Account, _: pytest.MonkeyPatch) -> None:
    other = account.subnet(f"{REGION}b", "10.0.9.0/24", network=account.other_network())
    account.names["subnets"] = [account.names["subnets"][0], other]


def default_places(account: Account, *lines: str) -> None:
    for key in ("zones", "subnets", "security_groups"):
        account.write(f"{key}: []")
    account.write(*lines)


def no_default_network(account: Account, _: pytest.MonkeyPatch) -> None:
    default_places(account)
    for subnet in account.default_subnets():
        account.ec2.delete_subnet(SubnetId=subnet)


def no_default_subnet(account: Account, _: pytest.MonkeyPatch) -> None:
    default_places(account, f"zones: [{REGION}b]")
    account.ec2.delete_subnet(SubnetId=account.default_subnets(f"{REGION}b")[0])


def profile_without_role(account: Account, _: pytest.MonkeyPatch) -> None:
    account.iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=PROFILE)


def out_of_reach(account: Account, _: pytest.MonkeyPatch) -> None:
    """The deployment's own role reads less than all."""
    account.profile("clearml-autoscaler-lab-machines")
    account.names["profile"] = "clearml-autoscaler-lab-machines"
    account.text = account.text.replace("ssm:/clearml-autoscaler/lab/machines", "ssm:/clearml")
    account.put("/clearml/key")
    account.put("/clearml/api_server")


def many_tags(account: Account, _: pytest.MonkeyPatch) -> None:
    tags = ", ".join(f"key-{at}: x" for at in range(45))
    account.write(f"tags: {{{{{tags}}}}}")


def deny(*actions: str) -> Break:
    return lambda account, patch: account.deny(patch, *actions)


STRANGER = f"arn:aws:iam::999988887777:instance-profile/{PROFILE}"
NO_SUBNET, NO_GROUP = "subnet-0a1b2c3d", "sg-0a1b2c3d"
KEY = "/clearml-autoscaler/lab/machines/key"


@pytest.mark.parametrize(
    ("broken", "check", "field", "remedy"),
    [
        pytest.param(
            written("types: [g9.xlarge]"), "types", "types", "does not sell it", id="no such type"
        ),
        pytest.param(
            type_of_another_zone,
            "types",
            "types",
            f"but {REGION}c",
            id="a type that none of the zones sells",
        ),
        pytest.param(
            written("types: [t2.nano]", "cpu_only: true"),
            "types",
            "spot",
            "no spot market for t2.nano",
            id="a type that has no spot market",
        ),
        pytest.param(
            named(ami="ami-0a1b2c3d"), "image", "ami", "no image ami-0a1b2c3d", id="no such image"
        ),
        pytest.param(
            named(ami="'team-cpu-*'"), "image", "ami", "is called team-cpu-*", id="no such name"
        ),
        pytest.param(
            named(ami="ssm:/images/gpu"),
            "image",
            "ami",
            "no parameter /images/gpu",
            id="no such parameter",
        ),
        pytest.param(
            image(architecture="arm64"),
            "image",
            "ami",
            "it is for arm64, but g5.xlarge is x86_64",
            id="an image for another processor",
        ),
        pytest.param(image(state="failed"), "image", "ami", "it is failed", id="a failed image"),
        pytest.param(image(platform="windows"), "image", "ami", "Linux", id="an image of Windows"),
        pytest.param(
            image(root_device_type="instance-store"),
            "image",
            "ami",
            "EBS",
            id="an image of an instance store",
        ),
        pytest.param(
            named(device="/dev/xvda"),
            "image",
            "disk.device",
            "starts from /dev/sda1",
            id="a disk beside the image's",
        ),
        pytest.param(
            named(size=8), "image", "disk.size", "needs 15 GiB", id="a disk that is too small"
        ),
        pytest.param(
            named(subnets=[NO_SUBNET, "subnet-1a1b2c3d"]),
            "subnets",
            "subnets",
            "no such subnet",
            id="no such subnets",
        ),
        pytest.param(
            swapped_zones, "subnets", "zones", f"is in {REGION}", id="zones of other subnets"
        ),
        pytest.param(
            subnet_of_another_network,
            "subnets",
            "subnets",
            "name those of one network",
            id="subnets of two networks",
        ),
        pytest.param(
            no_default_network,
            "subnets",
            "subnets",
            "no default network: name subnets",
            id="no default network",
        ),
        pytest.param(
            no_default_subnet,
            "subnets",
            "zones",
            f"one of {REGION}a, {REGION}c",
            id="no default subnet in a zone",
        ),
        pytest.param(
            named(group=NO_GROUP),
            "security groups",
            "security_groups",
            "no such group",
            id="no such group",
        ),
        pytest.param(
            lambda account, _: account.names.update(group=account.group(account.other_network())),
            "security groups",
            "security_groups",
            "the subnets are of vpc-",
            id="a group of another network",
        ),
        pytest.param(
            call("ec2", "delete_key_pair", KeyName="ops"),
            "key pair",
            "key_pair",
            "import it there",
            id="no such key pair",
        ),
        pytest.param(
            named(profile="nobody"),
            "instance profile",
            "aws.instance_profile",
            "create it",
            id="no such profile",
        ),
        pytest.param(
            named(profile=STRANGER),
            "instance profile",
            "aws.instance_profile",
            "not of this account",
            id="a profile of another account",
        ),
        pytest.param(
            lambda account, _: setattr(
                account, "text", account.text.replace("instance_profile: {profile}", "tags: {{}}")
            ),
            "instance profile",
            "aws.instance_profile",
            "name an instance profile",
            id="no profile",
        ),
        pytest.param(
            profile_without_role,
            "instance profile",
            "aws.instance_profile",
            "add one to it",
            id="a profile without a role",
        ),
        pytest.param(
            lambda account, _: account.trust("lambda.amazonaws.com"),
            "instance profile",
            "aws.instance_profile",
            "name ec2.amazonaws.com",
            id="a role that EC2 may not take on",
        ),
        pytest.param(
            call("ssm", "delete_parameter", Name=KEY),
            "secrets",
            "clearml.agent_access_key",
            "store it there",
            id="no such parameter for machines",
        ),
        pytest.param(
            call("ssm", "delete_parameter", Name=KEY.replace("/key", "/api_server")),
            "secrets",
            "clearml.agent_access_key",
            "store it there",
            id="a login of machines that does not say its server",
        ),
        pytest.param(
            call("secrets", "delete_secret", SecretId=LOGIN, ForceDeleteWithoutRecovery=True),
            "secrets",
            "clearml.agent_secret_key",
            "store it there",
            id="no such secret for machines",
        ),
        pytest.param(
            call("secrets", "delete_secret", SecretId=LOGIN),
            "secrets",
            "clearml.agent_secret_key",
            "store it there",
            id="a secret that is being deleted",
        ),
        pytest.param(
            out_of_reach,
            "secrets",
            "clearml.agent_access_key",
            "below clearml-autoscaler/lab/machines/ only",
            id="a secret that machines may not read",
        ),
        pytest.param(many_tags, "tags", "tags", "EC2 takes 50", id="too many tags"),
        pytest.param(deny("ec2:RunInstances"), "launch", "", "", id="a launch that is refused"),
        pytest.param(
            deny("ec2:CreateLaunchTemplate"), "launch", "", "", id="a template that is refused"
        ),
    ],
)
def test_one_thing_that_is_wrong_is_one_error(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    broken: Break,
    check: str,
    field: str,
    remedy: str,
) -> None:
    broken(account, monkeypatch)

    told = account.findings()

    wrong = [finding for finding in told if finding.verdict == "error"]
    assert {(one.check, one.resource) for one in wrong} == {(check, "team/gpu")}
    place = field if field.startswith("clearml.") else f"{RESOURCE}.{field}".rstrip(".")
    assert {one.field for one in wrong} == {place}
    assert all(remedy in one.remedy and one.remedy for one in wrong)
    assert launch_of(told) == ("error" if check == "launch" else "skipped")


def launch_of(told: list[Finding]) -> str:
    (launch,) = [one.verdict for one in told if one.check == "launch"]
    return launch


def test_a_quota_for_less_than_one_machine_is_an_error(account: Account) -> None:
    account.quotas.granted[ON_DEMAND_G] = 2

    (wrong,) = [one for one in account.findings() if one.verdict != "ok"]

    assert (wrong.check, wrong.verdict) == (f"quota {REGION} on-demand g", "error")
    assert (wrong.field, wrong.value) == (f"{RESOURCE}.max_instances", "4")
    assert f"quota {ON_DEMAND_G} allows 2 vCPUs, one machine has 4" in wrong.remedy
    assert "ask AWS for 32" in wrong.remedy
