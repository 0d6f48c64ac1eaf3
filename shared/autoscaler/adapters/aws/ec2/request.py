"""The whole request for an order, as JSON that anyone can read and compare."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.adapters.aws.ec2 import fleet_request
from autoscaler.adapters.aws.ec2.guard import guard_parameters
from autoscaler.adapters.aws.ec2.images import Images, NoImageError
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.ec2.tags import specifications
from autoscaler.config import Purchase
from autoscaler.errors import ConfigError
from autoscaler.machine.startup import Secret, render_startup, user_data
from autoscaler.ports import Order


def rendered(order: Order, spec: Ec2Spec | None, images: Images) -> str:
    """Canonical JSON: `action`, `region` and what is sent, or `problem` where none can be made.

    Raises UnavailableError when an image's name cannot be looked up now.
    """
    wanted = spec.wanted(order) if spec else {}
    if spec is None or not wanted:
        return _text({"problem": f"{order.offering} is not in the configuration any more"})
    try:
        return _text(_document(order, spec, list(wanted.values()), images))
    except (NoImageError, ConfigError) as error:
        return _text({"problem": str(error)})


def is_fleet(wanted: Sequence[Purchase]) -> bool:
    """Whether these need a fleet: one call of RunInstances is about one type in one place."""
    return len(wanted) > 1 or len(wanted[0].subnets) > 1


def single(
    order: Order, spec: Ec2Spec, purchase: Purchase, data: Mapping[str, Any]
) -> dict[str, Any]:
    """The request for machines of one type in one place."""
    request = {
        **data,
        "ClientToken": order.token,
        "InstanceType": purchase.type,
        "MinCount": 1,
        "MaxCount": len(order.indexes),
        "TagSpecifications": specifications(order, spec, _tagged(spec, purchase)),
    }
    return _placed(request, spec, purchase)


def _document(
    order: Order, spec: Ec2Spec, wanted: list[Purchase], images: Images
) -> dict[str, Any]:
    first, data = wanted[0], machine_data(order, spec, wanted[0], images)
    region = spec.region(first)
    if is_fleet(wanted):
        return {"region": region, **fleet_request.document(order, spec, wanted, data)}
    request = single(order, spec, first, data)
    return {"action": "RunInstances", "region": region, "request": request}


def machine_data(
    order: Order, spec: Ec2Spec, purchase: Purchase, images: Images
) -> dict[str, Any]:
    """What RunInstances and launch templates say in the same words."""
    place, region = purchase.place, spec.region(purchase)
    hops = 2 if spec.section.task_instance_role else 1
    data: dict[str, Any] = {
        "ImageId": images.resolve(spec.clients, region, place.ami, purchase.type),
        "UserData": _user_data(order, spec),
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": hops,
            "InstanceMetadataTags": "enabled",
        },
    }
    if place.key_pair:
        data["KeyName"] = place.key_pair
    if place.security_groups:
        data["SecurityGroupIds"] = list(place.security_groups)
    if profile := spec.aws.instance_profile:
        data["IamInstanceProfile"] = {"Arn" if profile.startswith("arn:") else "Name": profile}
    if volume := _volume(spec, default_image=place.ami is None):
        data["BlockDeviceMappings"] = [volume]
    return _with_interfaces(merged(data, spec.section.launch_spec))


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The base with `more` over it: mappings key by key, everything else replaced."""
    whole = dict(base)
    for key, value in more.items():
        known = whole.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        whole[key] = merged(known, value) if isinstance(known, dict) and both else value
    return whole


def _placed(request: dict[str, Any], spec: Ec2Spec, purchase: Purchase) -> dict[str, Any]:
    if purchase.subnets:
        request = _in_subnet(request, purchase.subnets[0])
    elif purchase.zone:
        request = merged(request, {"Placement": {"AvailabilityZone": purchase.zone}})
    if purchase.market == "spot":
        options = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
        options |= spec.max_price
        return {**request, "InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": options}}
    return request


def _in_subnet(request: dict[str, Any], subnet: str) -> dict[str, Any]:
    """Where the operator describes network interfaces, the first one has the subnet."""
    interfaces = request.get("NetworkInterfaces")
    if not interfaces:
        return {**request, "SubnetId": subnet}
    first, *others = interfaces
    return {**request, "NetworkInterfaces": [{"SubnetId": subnet, **first}, *others]}


def _with_interfaces(data: dict[str, Any]) -> dict[str, Any]:
    """Security groups stand with the interfaces, if there are any: EC2 refuses both."""
    if not data.get("NetworkInterfaces"):
        return data
    groups = data.pop("SecurityGroupIds", None)
    named = {"Groups": groups} if groups else {}
    data["NetworkInterfaces"] = [{**named, **each} for each in data["NetworkInterfaces"]]
    return data


def _volume(spec: Ec2Spec, *, default_image: bool) -> dict[str, Any] | None:
    """None where nobody said anything, and the image's root device is not known to us."""
    disk = spec.section.disk
    if disk is None:
        ebs: dict[str, Any] = {"Encrypted": True, "DeleteOnTermination": True}
        return {"DeviceName": "/dev/sda1", "Ebs": ebs} if default_image else None
    told = {
        "VolumeSize": disk.size,
        "VolumeType": disk.type,
        "Iops": disk.iops,
        "Throughput": disk.throughput,
        "SnapshotId": disk.snapshot,
        "KmsKeyId": disk.kms_key,
    }
    ebs = {"Encrypted": disk.encrypted, "DeleteOnTermination": True}
    ebs |= {key: value for key, value in told.items() if value is not None}
    return {"DeviceName": disk.device, "Ebs": ebs}


def _user_data(order: Order, spec: Ec2Spec) -> str:
    kept = tuple(Secret(ref=f"ssm:{name}") for name in guard_parameters(order.deployment))
    startup = spec.startup.model_copy(update={"guard_at": kept})
    script = render_startup(startup, resource=order.resource, queue_ids=order.queue_ids)
    return b64encode(user_data(script)).decode()


def _tagged(spec: Ec2Spec, purchase: Purchase) -> list[str]:
    """EC2 refuses tags for a spot request where there is none."""
    kinds = dict.fromkeys(("instance", *spec.section.tag_on))
    if purchase.market != "spot":
        kinds.pop("spot-instances-request", None)
    return list(kinds)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
