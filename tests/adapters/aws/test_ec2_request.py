"""What EC2 is asked for: each of the operator's wishes in its place, and ours over all of them."""

import re
from typing import Any

import pytest

from tests.adapters.aws.ec2_bench import Patch, rendered

TYPE = "types: [g5.xlarge]"
LEARNING = "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"


@pytest.mark.parametrize(
    ("type", "kind", "title"),
    [
        pytest.param(
            "g5.xlarge",
            "x86_64",
            "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)",
            id="for Intel and AMD",
        ),
        pytest.param(
            "g5g.xlarge",
            "arm64",
            "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)",
            id="for Graviton",
        ),
    ],
)
def test_the_default_image_is_named_by_the_rule_of_awss_guide(
    monkeypatch: Patch, type: str, kind: str, title: str
) -> None:
    """The titles of its release notes, as of October 2026; see `images`."""
    words = re.findall(r"[a-z0-9.]+", title.lower())
    name = "-".join(word for word in words if word not in ("deep", "learning", "ami", "arm64"))
    request = rendered(monkeypatch, f"types: [{type}]")["request"]
    parameter = f"/aws/service/deeplearning/ami/{kind}/{name}/latest/ami-id"
    assert request["ImageId"] == f"resolve:ssm:{parameter}"


def at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document[int(key)] if key.isdigit() else document[key]
    return document


@pytest.mark.parametrize(
    ("lines", "path", "value"),
    [
        pytest.param((), "InstanceType", "g5.xlarge", id="the instance type"),
        pytest.param(
            (), "ImageId", f"resolve:ssm:{LEARNING.format('x86_64')}", id="AWS's image by default"
        ),
        pytest.param(
            ("ami: ami-0a1b2c3d4e5f60718",), "ImageId", "ami-0a1b2c3d4e5f60718", id="an image's id"
        ),
        pytest.param(
            ("ami: ssm:/golden/ami",), "ImageId", "resolve:ssm:/golden/ami", id="a parameter"
        ),
        pytest.param(("ami: /golden/ami",), "ImageId", "resolve:ssm:/golden/ami", id="its path"),
        pytest.param(("key_pair: ops",), "KeyName", "ops", id="the key pair"),
        pytest.param(
            ("security_groups: [sg-0a1b2c3d, sg-1a1b2c3d]",),
            "SecurityGroupIds",
            ["sg-0a1b2c3d", "sg-1a1b2c3d"],
            id="security groups",
        ),
        pytest.param(
            ("zones: [eu-central-1b]",),
            "Placement.AvailabilityZone",
            "eu-central-1b",
            id="a zone",
        ),
        pytest.param(
            ("zones: [eu-central-1b]", "subnets: [subnet-0a1b2c3d]"),
            "SubnetId",
            "subnet-0a1b2c3d",
            id="the zone's subnet",
        ),
        pytest.param(
            (), "IamInstanceProfile", {"Name": "clearml-worker"}, id="the instance profile's name"
        ),
        pytest.param(
            ("aws: {instance_profile: 'arn:aws:iam::123456789012:instance-profile/gpu'}",),
            "IamInstanceProfile",
            {"Arn": "arn:aws:iam::123456789012:instance-profile/gpu"},
            id="a resource's own one, by its ARN",
        ),
        pytest.param(
            ("spot: true",),
            "InstanceMarketOptions",
            {
                "MarketType": "spot",
                "SpotOptions": {
                    "SpotInstanceType": "one-time",
                    "InstanceInterruptionBehavior": "terminate",
                },
            },
            id="spot",
        ),
        pytest.param(
            ("spot: {max_price: 0.4}",),
            "InstanceMarketOptions.SpotOptions.MaxPrice",
            "0.4000",
            id="spot, up to a price",
        ),
        pytest.param(
            (),
            "BlockDeviceMappings.0",
            {"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "DeleteOnTermination": True}},
            id="the default image's volume is encrypted",
        ),
        pytest.param(
            ("disk: {device: /dev/xvda, size: 100, iops: 6000, throughput: 500, kms_key: k}",),
            "BlockDeviceMappings.0",
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {
                    "Encrypted": True,
                    "DeleteOnTermination": True,
                    "VolumeSize": 100,
                    "VolumeType": "gp3",
                    "Iops": 6000,
                    "Throughput": 500,
                    "KmsKeyId": "k",
                },
            },
            id="a volume as the operator wants it",
        ),
        pytest.param(
            (),
            "MetadataOptions",
            {
                "HttpEndpoint": "enabled",
                "HttpTokens": "required",
                "HttpPutResponseHopLimit": 1,
                "InstanceMetadataTags": "enabled",
            },
            id="metadata of version 2 only, not for containers, with the tags",
        ),
        pytest.param(
            ("task_instance_role: true",),
            "MetadataOptions.HttpPutResponseHopLimit",
            2,
            id="for containers as well, if tasks use the role",
        ),
        pytest.param(
            (), "InstanceInitiatedShutdownBehavior", "terminate", id="what stops is gone"
        ),
        pytest.param((), "MinCount", 1, id="a part is better than nothing"),
        pytest.param((), "MaxCount", 3, id="as many as the order has rows"),
        pytest.param((), "ClientToken", "token-a-1", id="the order's token"),
        pytest.param(
            ("launch_spec: {Monitoring: {Enabled: true}}",),
            "Monitoring.Enabled",
            True,
            id="what else RunInstances takes",
        ),
        pytest.param(
            ("zones: [eu-central-1b]", "launch_spec: {Placement: {Tenancy: dedicated}}"),
            "Placement",
            {"Tenancy": "dedicated", "AvailabilityZone": "eu-central-1b"},
            id="merged key by key",
        ),
        pytest.param(
            (
                "launch_spec:",
                "  CapacityReservationSpecification:",
                "    CapacityReservationTarget: {CapacityReservationId: cr-1}",
            ),
            "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId",
            "cr-1",
            id="a capacity reservation",
        ),
        pytest.param(
            (
                "subnets: [subnet-0a1b2c3d]",
                "security_groups: [sg-0a1b2c3d]",
                "launch_spec:",
                "  NetworkInterfaces: [{DeviceIndex: 0, AssociatePublicIpAddress: true}]",
            ),
            "NetworkInterfaces.0",
            {
                "DeviceIndex": 0,
                "AssociatePublicIpAddress": True,
                "SubnetId": "subnet-0a1b2c3d",
                "Groups": ["sg-0a1b2c3d"],
            },
            id="an interface has the subnet and the groups",
        ),
    ],
)
def test_a_wish_in_its_place(
    monkeypatch: Patch, lines: tuple[str, ...], path: str, value: Any
) -> None:
    found = rendered(monkeypatch, TYPE, *lines, count=3)
    assert (found["action"], found["region"]) == ("RunInstances", "eu-central-1")
    assert at(found["request"], path) == value


def test_an_arm_machine_gets_an_arm_image(monkeypatch: Patch) -> None:
    found = rendered(monkeypatch, "types: [g5g.xlarge]")
    assert found["request"]["ImageId"] == f"resolve:ssm:{LEARNING.format('arm64')}"


def test_another_image_keeps_its_own_volumes(monkeypatch: Patch) -> None:
    """Its root device is not known to us: a mapping might add a volume in place of changing it."""
    found = rendered(monkeypatch, TYPE, "ami: ami-0a1b2c3d4e5f60718")
    assert "BlockDeviceMappings" not in found["request"]
