"""An account in which machines start: what the configuration names is there, and fits."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.ec2.models import ec2_backends

from autoscaler.adapters.aws.clients import forget_session
from autoscaler.adapters.local.system import EnvSecrets, SystemClock
from autoscaler.config import parse
from autoscaler.hosts.doctors import examine
from autoscaler.ports import Finding
from tests.adapters.aws.doctor.fake_quotas import Quotas, fake_quotas
from tests.real import users
from tests.real.aws import ACCOUNT, CREDENTIALS, REGION

LINKED = {
    "AWSServiceRoleForEC2Spot": "spot.amazonaws.com",
    "AWSServiceRoleForEC2Fleet": "ec2fleet.amazonaws.com",
}
ZONES = (f"{REGION}a", f"{REGION}b")
LOGIN = "clearml-autoscaler/lab/machines/login"
PROFILE = "clearml-worker"
SPOT_G, ON_DEMAND_G = "L-3819A6DF", "L-DB2E81BA"
_EC2 = "ec2.amazonaws.com"

CONFIG = """\
deployment: lab
clearml:
  api: https://api.clear.ml
  agent_access_key: ssm:/clearml-autoscaler/lab/machines/key
  agent_secret_key: secretsmanager:clearml-autoscaler/lab/machines/login#secret
aws:
  instance_profile: {profile}
autoscalers:
  - name: team
    resources:
      - name: gpu
        provider: ec2
        queues: [work]
        max_instances: 4
        types: [g5.xlarge, g5.2xlarge]
        spot: true
        on_demand_fallback: true
        zones: [{zones[0]}, {zones[1]}]
        subnets: [{subnets[0]}, {subnets[1]}]
        security_groups: [{group}]
        key_pair: ops
        ami: {ami}
        disk: {{device: {device}, size: {size}}}
"""


class Account:
    """`names` are what CONFIG is filled with: a test puts something else there, or breaks it."""

    def __init__(self, quotas: Quotas) -> None:
        self.quotas = quotas
        self.changed = False
        self.ec2: Any = _client("ec2")
        self.ssm: Any = _client("ssm")
        self.secrets: Any = _client("secretsmanager")
        self.iam: Any = _client("iam")
        self.network = self._vpc()
        self.table = self.ec2.create_route_table(VpcId=self.network)["RouteTable"]["RouteTableId"]
        subnets = [self.subnet(zone, f"10.0.{at}.0/24") for at, zone in enumerate(ZONES)]
        self.names: dict[str, Any] = {
            "profile": PROFILE,
            "zones": ZONES,
            "subnets": subnets,
            "group": self.group(self.network),
            "ami": self.image("team-gpu-nvidia-1"),
            "device": "/dev/sda1",
            "size": 100,
        }
        self.route()
        self.profile(PROFILE)
        for name, service in LINKED.items():  # moto would name them otherwise
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust(service))
        self.ec2.create_key_pair(KeyName="ops", KeyType="ed25519")  # quickly made
        self.text = CONFIG
        self.put("/clearml-autoscaler/lab/machines/key")
        self.put("/clearml-autoscaler/lab/machines/api_server")
        self.secrets.create_secret(Name=LOGIN, SecretString='{"secret": "s"}')
        quotas.granted = {SPOT_G: 64, ON_DEMAND_G: 64}

    def findings(self) -> list[Finding]:
        config = parse(self.text.format(**self.names))
        return list(examine(config, SystemClock(), EnvSecrets({})))

    def write(self, *lines: str) -> None:
        """More keys for the resource; one that it has already is replaced."""
        for line in lines:
            key = line.partition(":")[0]
            kept = [old for old in self.text.splitlines() if not old.startswith(f"        {key}:")]
            self.text = "\n".join([*kept, f"        {line}\n"])

    def subnet(self, zone: str, addresses: str, *, network: str = "") -> str:
        made = self.ec2.create_subnet(
            VpcId=network or self.network, CidrBlock=addresses, AvailabilityZone=zone
        )["Subnet"]["SubnetId"]
        self.ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": True})
        if not network:
            self.ec2.associate_route_table(SubnetId=made, RouteTableId=self.table)
        return str(made)

    def group(self, network: str) -> str:
        made = self.ec2.create_security_group(GroupName="gpu", Description="x", VpcId=network)
        return str(made["GroupId"])

    def other_network(self) -> str:
        return self._vpc()

    def image(self, name: str, **changes: str) -> str:
        """Of 15 GiB. moto lets nobody say what an image is like, so that is set afterwards."""
        made: str = self.ec2.register_image(Name=name)["ImageId"]
        like = {"architecture": "x86_64", "root_device_type": "ebs", **changes}
        vars(ec2_backends[ACCOUNT][REGION].amis[made]).update(like)
        return made

    def fill(self, subnet: str) -> None:
        """No address is free any more. moto gives addresses without end, so that is set."""
        found = ec2_backends[ACCOUNT][REGION].subnets
        here = next(zone[subnet] for zone in found.values() if subnet in zone)
        vars(here)["_available_ip_addresses"] = 0

    def put(self, name: str) -> None:
        self.ssm.put_parameter(Name=name, Value="x", Type="SecureString")

    def route(self) -> None:
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.network)
        self.ec2.create_route(
            RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )

    def profile(self, name: str) -> None:
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust(_EC2))
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)

    def default_subnets(self, *zones: str) -> list[str]:
        default = [{"Name": "default-for-az", "Values": ["true"]}]
        found = self.ec2.describe_subnets(Filters=default)["Subnets"]
        return [s["SubnetId"] for s in found if not zones or s["AvailabilityZone"] in zones]

    def trust(self, service: str) -> None:
        """Only this may take on the machines' role."""
        self.iam.update_assume_role_policy(RoleName=PROFILE, PolicyDocument=_trust(service))

    def deny(self, patch: pytest.MonkeyPatch, *actions: str) -> None:
        """From now on a user calls who may do all but this."""
        users.deny(patch, *actions)
        self.changed = True

    def call_with(self, patch: pytest.MonkeyPatch, *statements: Mapping[str, object]) -> None:
        """From now on a user calls who may do this."""
        users.call_with(patch, *statements)
        self.changed = True

    def another_caller(self) -> None:
        """The environment says something else from now on."""
        self.changed = True
        forget_session()

    def _vpc(self) -> str:
        return str(self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@cache
def _client(service: str) -> Any:
    return boto3.client(service, REGION)  # type: ignore[call-overload]


def _trust(service: str) -> str:
    who = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return _policy(who)


def _policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@contextmanager
def sound_account(patch: pytest.MonkeyPatch) -> Iterator[Account]:
    """boto3's sessions are kept from one to the next: they take longer to make than the rest."""
    for name, value in CREDENTIALS.items():
        patch.setenv(name, value)
    patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # there are many
    with mock_aws(), fake_quotas() as quotas:
        patch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", quotas.url)
        account = Account(quotas)
        yield account
        if account.changed:
            forget_session()
