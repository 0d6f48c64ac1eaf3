"""What EC2 is asked for: each of the operator's wishes in its place, and ours over all of them."""

import gzip
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Launched, Refused
from tests.adapters.aws.ec2_bench import QUEUE, Ec2Bench, ec2_bench, resource

TYPE = "types: [g5.xlarge]"
LEARNING = "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
Opened = Callable[..., Ec2Bench]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A bench for a resource with these lines."""
    benches: list[AbstractContextManager[Ec2Bench]] = []

    def open_(*lines: str) -> Ec2Bench:
        benches.append(ec2_bench(monkeypatch, resource(*lines)))
        return benches[-1].__enter__()

    yield open_
    for bench in benches:
        bench.__exit__(None, None, None)


def document(bench: Ec2Bench, *, count: int = 1, skip: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        bench.compute.render(bench.order("a", count=count, skip=skip))
    )
    return found


def told(document: dict[str, Any]) -> dict[str, Any]:
    """What the machine is told at its start."""
    data = b64decode(document["request"]["UserData"])
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    line = next(each for each in text.splitlines() if each.startswith('{"startup":'))
    startup: dict[str, Any] = json.loads(line)["startup"]
    return startup


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
    opened: Opened, lines: tuple[str, ...], path: str, value: Any
) -> None:
    found = document(opened(TYPE, *lines), count=3)
    assert (found["action"], found["region"]) == ("RunInstances", "eu-central-1")
    assert at(found["request"], path) == value


def test_an_arm_machine_gets_an_arm_image(opened: Opened) -> None:
    found = document(opened("types: [g5g.xlarge]"))
    assert found["request"]["ImageId"] == f"resolve:ssm:{LEARNING.format('arm64')}"


def test_another_image_keeps_its_own_volumes(opened: Opened) -> None:
    """Its root device is not known to us: a mapping might add a volume in place of changing it."""
    found = document(opened(TYPE, "ami: ami-0a1b2c3d4e5f60718"))
    assert "BlockDeviceMappings" not in found["request"]


def test_our_tags_stand_on_the_instance_and_theirs_where_they_want_them(opened: Opened) -> None:
    bench = opened(TYPE, "tags: {project: vision, Name: mine}", "tag_on: [instance, volume]")
    found = {
        each["ResourceType"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        for each in document(bench)["request"]["TagSpecifications"]
    }
    whose = {
        "clearml-autoscaler:deployment": "test",
        "clearml-autoscaler:autoscaler": "team",
        "clearml-autoscaler:resource": "gpu",
        "project": "vision",
        "Name": "mine",
    }
    assert found["volume"] == whose
    assert found["instance"] == whose | {
        "clearml-autoscaler:launch": "a",
        "clearml-autoscaler:attempt": "1",
        "clearml-autoscaler:prefix": "team",
        "clearml-autoscaler:slots": "1",
        "clearml-autoscaler:config": "a-hash",
        "clearml-autoscaler:queues": QUEUE,
    }


def test_no_tag_key_keeps_machines_from_reading_their_tags(opened: Opened) -> None:
    tags = document(opened(TYPE))["request"]["TagSpecifications"][0]["Tags"]
    assert not any(set(" /") & set(tag["Key"]) for tag in tags)
    assert DRAIN_KEY not in {tag["Key"] for tag in tags}


def test_many_queues_share_several_tags(opened: Opened) -> None:
    bench = opened(TYPE)
    queues = tuple(f"{n:032x}" for n in range(20))
    order = bench.order("a").model_copy(update={"queue_ids": queues})
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Launched)
    assert answer.machines[0].queue_ids == queues
    assert bench.compute.machines()[0].queue_ids == queues


def test_several_types_and_zones_are_one_fleet(opened: Opened) -> None:
    bench = opened(
        "types: [g5.xlarge, g6.xlarge]", "zones: [eu-central-1a, eu-central-1b]", "spot: true"
    )
    found = document(bench, count=7)
    request, template = found["request"], found["template"]
    assert found["action"] == "CreateFleet"
    assert (request["Type"], request["ClientToken"]) == ("instant", "token-a-1")
    assert request["TargetCapacitySpecification"] == {
        "TotalTargetCapacity": 7,
        "DefaultTargetCapacityType": "spot",
    }
    assert request["SpotOptions"]["AllocationStrategy"] == "price-capacity-optimized"
    (config,) = request["LaunchTemplateConfigs"]
    assert [(o["InstanceType"], o["AvailabilityZone"]) for o in config["Overrides"]] == [
        ("g5.xlarge", "eu-central-1a"),
        ("g5.xlarge", "eu-central-1b"),
        ("g6.xlarge", "eu-central-1a"),
        ("g6.xlarge", "eu-central-1b"),
    ]
    name = template["LaunchTemplateName"]
    assert config["LaunchTemplateSpecification"] == {"LaunchTemplateName": name, "Version": "1"}
    assert template["LaunchTemplateData"]["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert template["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"


@pytest.mark.parametrize(
    ("lines", "options", "strategy"),
    [
        pytest.param((), "OnDemandOptions", "lowest-price", id="on demand: the cheapest"),
        pytest.param(("choose: order",), "OnDemandOptions", "prioritized", id="or in order"),
        pytest.param(
            ("spot: true", "choose: order"),
            "SpotOptions",
            "capacity-optimized-prioritized",
            id="spot in order, as far as there are enough",
        ),
    ],
)
def test_how_a_fleet_chooses(
    opened: Opened, lines: tuple[str, ...], options: str, strategy: str
) -> None:
    request = document(opened("types: [g5.xlarge, g6.xlarge]", *lines))["request"]
    overrides = request["LaunchTemplateConfigs"][0]["Overrides"]
    assert request[options]["AllocationStrategy"] == strategy
    order = [0.0, 1.0] if "choose: order" in lines else [None, None]
    assert [each.get("Priority") for each in overrides] == order


def test_several_subnets_without_zones_are_a_fleet_over_them(opened: Opened) -> None:
    bench = opened(TYPE, "subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]")
    overrides = document(bench)["request"]["LaunchTemplateConfigs"][0]["Overrides"]
    assert [each["SubnetId"] for each in overrides] == ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]


def test_a_further_region_has_an_image_and_a_network_of_its_own(opened: Opened) -> None:
    further = "{region: eu-west-1, ami: ami-0a1b2c3d4e5f60718, subnets: [subnet-2a1b2c3d]}"
    found = document(opened(TYPE, "key_pair: ops", f"regions: [{further}]"), skip=1)
    assert found["region"] == "eu-west-1"
    assert found["request"]["ImageId"] == "ami-0a1b2c3d4e5f60718"
    assert found["request"]["SubnetId"] == "subnet-2a1b2c3d"
    assert "KeyName" not in found["request"]


def test_what_a_machine_does_is_told_to_it_without_a_secret(opened: Opened) -> None:
    bench = opened(
        TYPE,
        "slots: 2",
        "gpus: ['0', '1']",
        "max_idle: 5m",
        "max_lifetime: 12h",
        "machine:",
        "  image: my/image:1 --ipc=host",
        "  init_script: |",
        "    echo hello",
        "  clearml_conf: 'agent.x: 1'",
        "  bashrc: false",
        "  git: {user: bot, password: 'ssm:/git', host: example.org}",
        "  storage: {s3: [{key: k, secret: 'secretsmanager:s3#secret'}]}",
        "  registries: [{address: 123456789012.dkr.ecr.eu-central-1.amazonaws.com}]",
        "  environment: {HF_TOKEN: 'ssm:/hf', TZ: UTC}",
        "  agent_version: 3.0.2",
        "  agent_args: [--order-fairness]",
        "  logs: /clearml/machines",
    )
    startup = told(document(bench))
    boot, guard = startup["boot"], startup["guard"]
    assert boot["login"]["secret_key"] == {"ref": "ssm:/clearml/agent-secret"}
    assert boot["docker"] == "my/image:1 --ipc=host"
    assert (boot["init_script"], boot["conf"]) == ("echo hello\n", "agent.x: 1")
    assert (boot["bashrc"], boot["slots"], boot["gpus"]) == (False, 2, ["0", "1"])
    assert boot["git"]["password"] == {"ref": "ssm:/git"}
    assert boot["storage"]["s3"][0]["secret"] == {"ref": "secretsmanager:s3#secret"}
    assert boot["environment"] == {"HF_TOKEN": {"ref": "ssm:/hf"}, "TZ": "UTC"}
    assert boot["agent"]["version"] == "3.0.2"
    assert boot["arguments"] == ["--order-fairness"]
    assert boot["logs"] == "/clearml/machines"
    assert (guard["queues"], guard["life"]) == ([QUEUE], 12 * 3600)
    assert [part["ref"].rpartition("/")[2] for part in startup["parcel"]["parts"]][:2] == [
        "0",
        "1",
    ]


def test_a_script_that_does_not_fit_is_refused_with_the_remedy(opened: Opened) -> None:
    script = "".join(f"{n * n * 7919:x}" for n in range(9000))
    bench = opened(TYPE, f"machine: {{init_script: 'echo {script}'}}")
    order = bench.order("a")
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert answer.operator
    assert "ssm:/PATH" in answer.detail


def test_an_offering_that_was_taken_out_is_refused(opened: Opened) -> None:
    bench = opened(TYPE)
    order = bench.order("a").model_copy(update={"offering": "p5.48xlarge:on-demand"})
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert "p5.48xlarge:on-demand" in answer.detail


@pytest.mark.slow
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((TYPE, "ami: ami-12c6146b"), id="RunInstances"),
        pytest.param(("types: [g5.xlarge, g4dn.xlarge]", "ami: ami-12c6146b"), id="CreateFleet"),
    ],
)
def test_another_model_of_ec2_takes_the_same_request(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]
) -> None:
    bench = opened(*lines, "disk: {size: 30}", "tags: {project: vision}", "key_pair: ops")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with mock_aws():
        boto3.client("iam").create_instance_profile(InstanceProfileName="clearml-worker")
        compute = bench.built(bench.config)
        order = bench.order("a", count=2)
        answer = compute.launch(order, compute.render(order))
        assert isinstance(answer, Launched), answer
        listed = compute.machines()
    assert sorted(m.instance_id for m in answer.machines) == sorted(m.instance_id for m in listed)
    assert {(m.launch, m.attempt, m.queue_ids) for m in listed} == {("a", 1, (QUEUE,))}
