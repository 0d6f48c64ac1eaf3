"""One call for several types, zones and subnets; and the tags that everything gets."""

import pytest

from autoscaler.machine.guard.orders import DRAIN_KEY
from tests.adapters.aws.ec2_bench import QUEUE, Patch, ec2_bench, rendered, resource
from tests.contracts.compute_contract import launch

TYPE, BOTH = "types: [g5.xlarge]", "types: [g5.xlarge, g6.xlarge]"


def test_several_types_and_zones_are_one_fleet(monkeypatch: Patch) -> None:
    zones = "zones: [eu-central-1a, eu-central-1b]"
    found = rendered(monkeypatch, BOTH, zones, "spot: true", count=7)
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
    monkeypatch: Patch, lines: tuple[str, ...], options: str, strategy: str
) -> None:
    request = rendered(monkeypatch, BOTH, *lines)["request"]
    overrides = request["LaunchTemplateConfigs"][0]["Overrides"]
    assert request[options]["AllocationStrategy"] == strategy
    order = [0.0, 1.0] if "choose: order" in lines else [None, None]
    assert [each.get("Priority") for each in overrides] == order


def test_a_fleet_of_spot_machines_has_a_highest_price(monkeypatch: Patch) -> None:
    spot = ("spot: {mix: 0.5, max_price: 0.25}", "on_demand_fallback: true")
    request = rendered(monkeypatch, BOTH, *spot)["request"]
    overrides = request["LaunchTemplateConfigs"][0]["Overrides"]
    assert [each.get("MaxPrice") for each in overrides] == ["0.2500", "0.2500"]


def test_several_subnets_without_zones_are_a_fleet_over_them(
    monkeypatch: Patch,
) -> None:
    found = rendered(monkeypatch, TYPE, "subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]")
    overrides = found["request"]["LaunchTemplateConfigs"][0]["Overrides"]
    assert [each["SubnetId"] for each in overrides] == ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]


def test_a_further_region_has_an_image_and_a_network_of_its_own(
    monkeypatch: Patch,
) -> None:
    further = "{region: eu-west-1, ami: ami-0a1b2c3d4e5f60718, subnets: [subnet-2a1b2c3d]}"
    found = rendered(monkeypatch, TYPE, "key_pair: ops", f"regions: [{further}]", skip=1)
    assert found["region"] == "eu-west-1"
    assert found["request"]["ImageId"] == "ami-0a1b2c3d4e5f60718"
    assert found["request"]["SubnetId"] == "subnet-2a1b2c3d"
    assert "KeyName" not in found["request"]


def test_our_tags_stand_on_the_instance_and_theirs_where_they_want_them(
    monkeypatch: Patch,
) -> None:
    wishes = ("tags: {project: vision, Name: mine}", "tag_on: [instance, volume]")
    found = {
        each["ResourceType"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        for each in rendered(monkeypatch, TYPE, *wishes)["request"]["TagSpecifications"]
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


def test_no_tag_key_keeps_machines_from_reading_their_tags(
    monkeypatch: Patch,
) -> None:
    tags = rendered(monkeypatch, TYPE)["request"]["TagSpecifications"][0]["Tags"]
    assert not any(set(" /") & set(tag["Key"]) for tag in tags)
    assert DRAIN_KEY not in {tag["Key"] for tag in tags}


def test_many_queues_share_several_tags(monkeypatch: Patch) -> None:
    queues = tuple(f"{n:032x}" for n in range(20))
    with ec2_bench(monkeypatch, resource(TYPE)) as bench:
        order = bench.order("a").model_copy(update={"queue_ids": queues})
        (machine,) = launch(bench, order)
        assert machine.queue_ids == queues
        assert bench.compute.machines()[0].queue_ids == queues
