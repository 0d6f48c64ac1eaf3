"""Instant fleets: one call over several pools, each with its own machines and its own no."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.adapters.aws.fake_ec2.actions import check_machine, refuse_dry_run, tags_for
from tests.adapters.aws.fake_ec2.cloud import Cloud, EC2Error

_SHORT = "InsufficientInstanceCapacity"
_numbers = count(1)


def create_fleet(cloud: Cloud, said: Mapping[str, Any]) -> dict[str, Any]:
    """A replay names the fleet and nothing else."""
    text = json.dumps(said, sort_keys=True, default=str)
    before = cloud.replayed("CreateFleet", said["ClientToken"], text)
    if before is not None:
        return {"FleetId": before[0]}
    (config,) = said["LaunchTemplateConfigs"]
    name = config["LaunchTemplateSpecification"]["LaunchTemplateName"]
    if name not in cloud.templates:
        raise EC2Error("InvalidLaunchTemplateName.NotFoundException", f"{name} does not exist")
    template = cloud.templates[name]
    refuse_dry_run(said)
    check_machine({**template, "TagSpecifications": said.get("TagSpecifications", [])})
    fleet = f"fleet-{next(_numbers):08x}"
    groups, errors = _bought(cloud, said, template, fleet, config.get("Overrides", [{}]))
    cloud.tokens["CreateFleet", said["ClientToken"]] = (text, (fleet,))
    cloud.fleets[fleet] = {
        "FleetId": fleet,
        "ClientToken": said["ClientToken"],
        "Type": "instant",
        "Instances": groups,
        "Errors": errors,
    }
    return {"FleetId": fleet, "Instances": groups, "Errors": errors}


def _bought(
    cloud: Cloud, said: Mapping[str, Any], template: Mapping[str, Any], fleet: str, overrides: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    capacity = said["TargetCapacitySpecification"]
    market, missing = capacity["DefaultTargetCapacityType"], capacity["TotalTargetCapacity"]
    groups: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for override in sorted(overrides, key=lambda each: each.get("Priority", 0)):
        type = override["InstanceType"]
        zone = cloud.zone_of(override, type, market)
        many = cloud.take(missing, type, zone, market) if missing else 0
        where = {"LaunchTemplateAndOverrides": {"Overrides": override}, "Lifecycle": market}
        boxes = cloud.start(
            many,
            token=f"{fleet}-{type}-{zone}",
            type=type,
            zone=zone,
            market=market,
            asked=template,
            tags={**tags_for("instance", said), "aws:ec2:fleet-id": fleet},
            fleet=fleet,
        )
        if boxes:
            ids = [box.id for box in boxes]
            groups.append(
                {**where, "InstanceIds": ids, "InstanceType": type, "AvailabilityZone": zone}
            )
        if many < missing:
            code = cloud.quotas.get((type, market), _SHORT)
            errors.append({**where, "ErrorCode": code, "ErrorMessage": f"no {type} in {zone}"})
        missing -= many
    return groups, errors
