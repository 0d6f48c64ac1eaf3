"""What each call does."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from tests.adapters.aws.fake_ec2.cloud import Cloud, EC2Error
from tests.adapters.aws.fake_ec2.machines import Box

Said = Mapping[str, Any]
_USER_DATA = 16_384
_SHORT = (
    "InsufficientInstanceCapacity",
    "We currently do not have sufficient {} capacity in the Availability Zone you requested ({}).",
)


def run_instances(cloud: Cloud, said: Said) -> dict[str, Any]:
    check_machine(said)
    refuse_dry_run(said)
    text = json.dumps(said, sort_keys=True, default=str)
    before = cloud.replayed("RunInstances", said["ClientToken"], text)
    if before is None:
        before = tuple(box.id for box in _started(cloud, said))
        cloud.tokens["RunInstances", said["ClientToken"]] = (text, before)
    boxes = [cloud.boxes[each] for each in before]
    if all(box.state(cloud.now()) == "terminated" for box in boxes):
        raise EC2Error("IdempotentInstanceTerminated")
    return {"ReservationId": "r-1", "Instances": [box.described(cloud.now()) for box in boxes]}


def refuse_dry_run(said: Said) -> None:
    if said.get("DryRun"):
        raise EC2Error("DryRunOperation", "Request would have succeeded, but DryRun is set.", 412)


def _started(cloud: Cloud, said: Said) -> list[Box]:
    market = said.get("InstanceMarketOptions", {}).get("MarketType", "on-demand")
    interfaces = said.get("NetworkInterfaces") or [{}]
    zone = cloud.zone_of({**interfaces[0], **said}, said["InstanceType"], market)
    many = min(said["MaxCount"], cloud.left(said["InstanceType"], zone, market))
    if quota := cloud.quotas.get((said["InstanceType"], market)):
        raise EC2Error(quota)
    if many < said["MinCount"]:
        code, message = _SHORT
        raise EC2Error(code, message.format(said["InstanceType"], zone), 500)
    return cloud.start(
        cloud.take(many, said["InstanceType"], zone, market),
        token=said["ClientToken"],
        type=said["InstanceType"],
        zone=zone,
        market=market,
        asked=said,
        tags=tags_for("instance", said),
    )


def check_machine(said: Said) -> None:
    """What EC2 checks of a machine's description before anything else."""
    if not str(said.get("ImageId", "")).startswith(("ami-", "resolve:ssm:/")):
        raise EC2Error("InvalidAMIID.Malformed", f"Invalid id: {said.get('ImageId')}")
    if said["ImageId"] == "ami-00000000":
        raise EC2Error("InvalidAMIID.NotFound", "The image id 'ami-00000000' does not exist")
    if len(b64decode(said.get("UserData", ""))) > _USER_DATA:
        raise EC2Error("InvalidUserData.Malformed", "User data is limited to 16384 bytes")
    if said.get("NetworkInterfaces") and (said.get("SubnetId") or said.get("SecurityGroupIds")):
        raise EC2Error("InvalidParameterCombination", "Network interfaces and subnet")
    in_metadata = said.get("MetadataOptions", {}).get("InstanceMetadataTags") == "enabled"
    if in_metadata and any(set(" /") & set(key) for key in tags_for("instance", said)):
        raise EC2Error("InvalidParameterValue", "Tag keys in metadata hold no space and no slash")


def tags_for(kind: str, said: Said) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for each in said.get("TagSpecifications", [])
        if each["ResourceType"] == kind
        for tag in each["Tags"]
    }


def describe_instances(cloud: Cloud, said: Said) -> dict[str, Any]:
    boxes = [box for box in cloud.listed() if _fits(box, said.get("Filters", []))]
    first = int(said.get("NextToken", "0"))
    most = min(said.get("MaxResults", 1000), cloud.page)
    page = [box.described(cloud.now()) for box in boxes[first : first + most]]
    more = {"NextToken": str(first + most)} if first + most < len(boxes) else {}
    return {
        "Reservations": [{"ReservationId": "r-1", "Instances": [each]} for each in page],
        **more,
    }


def _fits(box: Box, filters: list[Any]) -> bool:
    told = {"instance-id": box.id, **{f"tag:{key}": value for key, value in box.tags.items()}}
    return all(told.get(each["Name"]) in each["Values"] for each in filters)


def terminate_instances(cloud: Cloud, said: Said) -> dict[str, Any]:
    for box in [cloud.box(each) for each in said["InstanceIds"]]:
        box.stop(cloud.now(), "Client.UserInitiatedShutdown", "User initiated shutdown")
    return {"TerminatingInstances": [{"InstanceId": each} for each in said["InstanceIds"]]}


def create_tags(cloud: Cloud, said: Said) -> dict[str, Any]:
    for each in said["Resources"]:
        for tag in said["Tags"]:
            cloud.set_tag(each, tag["Key"], tag["Value"])
    return {}


def delete_tags(cloud: Cloud, said: Said) -> dict[str, Any]:
    for each in said["Resources"]:
        for tag in said["Tags"]:
            cloud.set_tag(each, tag["Key"], "")
    return {}


def get_console_output(cloud: Cloud, said: Said) -> dict[str, Any]:
    box = cloud.box(said["InstanceId"])
    if said.get("Latest") and box.type.startswith("p2."):
        raise EC2Error("UnsupportedOperation", "This instance type does not support it")
    text = "".join(f"{line}\n" for line in box.console)
    return {"InstanceId": box.id, "Output": b64encode(text.encode()).decode()}


def describe_images(cloud: Cloud, said: Said) -> dict[str, Any]:
    filters = {each["Name"]: each["Values"] for each in said["Filters"]}
    return {"Images": cloud.named_images(filters)}


def describe_fleets(cloud: Cloud, said: Said) -> dict[str, Any]:
    unknown = [each for each in said["FleetIds"] if each not in cloud.fleets]
    if unknown:
        raise EC2Error("InvalidFleetId.NotFound", f"{unknown[0]} does not exist")
    return {"Fleets": [cloud.fleets[each] for each in said["FleetIds"]]}


def create_launch_template(cloud: Cloud, said: Said) -> dict[str, Any]:
    name = said["LaunchTemplateName"]
    refuse_dry_run(said)
    if name in cloud.templates:
        raise EC2Error("InvalidLaunchTemplateName.AlreadyExistsException", f"{name} is in use")
    cloud.templates[name] = said["LaunchTemplateData"]
    return {"LaunchTemplate": {"LaunchTemplateName": name, "LatestVersionNumber": 1}}


Action = Callable[[Cloud, Said], dict[str, Any]]
ACTIONS: dict[str, Action] = {
    "RunInstances": run_instances,
    "DescribeInstances": describe_instances,
    "TerminateInstances": terminate_instances,
    "CreateTags": create_tags,
    "DeleteTags": delete_tags,
    "GetConsoleOutput": get_console_output,
    "DescribeImages": describe_images,
    "DescribeFleets": describe_fleets,
    "CreateLaunchTemplate": create_launch_template,
}
