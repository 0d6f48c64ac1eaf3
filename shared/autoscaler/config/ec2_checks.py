"""Mistakes between the keys of a resource of EC2, from what was written."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.config.cloud_checks import listed, on_slots, on_spot, on_types
from autoscaler.config.ec2_fields import region_of
from autoscaler.config.ec2_types import architecture, has_gpu
from autoscaler.config.faults import Fault, Where, shown

_BLOCK = "capacity-block"  # machines that were paid for ahead

# what the autoscaler itself says of every launch
_OURS = {
    "MinCount": "max_instances and the plan decide how many",
    "MaxCount": "max_instances and the plan decide how many",
    "ClientToken": "it is what keeps a launch from happening twice",
    "TagSpecifications": "write tags and tag_on",
    "InstanceInitiatedShutdownBehavior": "a machine that stops must end",
    "MetadataOptions": "write task_instance_role: true if tasks need the role",
    "UserData": "write machine: init_script",
    "InstanceType": "write types",
    "ImageId": "write ami",
    "LaunchTemplate": "write out what it says: what is in it cannot be checked",
    "DryRun": "`autoscaler check` looks without starting anything",
    "SubnetId": "write subnets",
    "IamInstanceProfile": "write aws: {instance_profile: NAME}",
    "DisableApiTermination": "the autoscaler ends its machines",
}


def conflicts(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    types = [each for each in listed(raw, "types") if isinstance(each, str)]
    yield from on_types(where, types, architecture)
    yield from _processors(where, raw, types)
    yield from _place(where, raw)
    for i, region in enumerate(listed(raw, "regions")):
        if isinstance(region, dict):
            yield from _place((*where, "regions", i), region)
    yield from on_spot(where, raw)
    yield from _mix(where, raw)
    yield from on_slots(where, raw)
    yield from _spec(where, raw)


def elsewhere(where: Where, raw: Mapping[str, Any], region: str) -> Iterator[Fault]:
    """Zones that are in another region than the resource's ("" if nobody said which)."""
    for i, zone in enumerate(listed(raw, "zones")):
        own = region_of(zone) if isinstance(zone, str) else ""
        if region and own not in ("", region):
            yield Fault((*where, "zones", i), zone, f"in {own}, but aws.region is {region}")


def _processors(where: Where, raw: Mapping[str, Any], types: list[str]) -> Iterator[Fault]:
    if raw.get("cpu_only") is True:
        if raw.get("gpus"):
            remedy = "gpus are named as well: keep one of the two"
            yield Fault((*where, "cpu_only"), "true", remedy)
        return
    for i, each in enumerate(types):
        if re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", each) and not has_gpu(each):
            remedy = "it has no GPU that nvidia-smi knows: write cpu_only: true, or another type"
            yield Fault((*where, "types", i), each, remedy)


def _place(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    zones, subnets = listed(raw, "zones"), listed(raw, "subnets")
    if zones and subnets and len(zones) != len(subnets):
        remedy = f"zones and subnets go in pairs: {len(zones)} and {len(subnets)} are written"
        yield Fault((*where, "subnets"), "", remedy)
    for key, each in (("zones", () if subnets else zones), ("subnets", subnets)):
        if len(set(map(str, each))) < len(each):
            yield Fault((*where, key), "", "one stands here twice: name each once")
    known = {region_of(zone) for zone in zones if isinstance(zone, str)} - {""}
    if isinstance(own := raw.get("region"), str):
        known.add(own)
    if len(known) > 1:
        remedy = f"of more than one region ({', '.join(sorted(known))}): write regions"
        yield Fault((*where, "zones"), "", remedy)


def _mix(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    spot = raw.get("spot")
    if isinstance(spot, dict) and raw.get("on_demand_fallback") is not True:
        mix = spot.get("mix", 1)
        if isinstance(mix, (int, float)) and mix < 1:
            remedy = "the others are on demand: write on_demand_fallback: true"
            yield Fault((*where, "spot", "mix"), shown(mix), remedy)


def _spec(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    spec = raw.get("launch_spec")
    if not isinstance(spec, dict):
        return
    for key in spec:
        if key in _OURS:
            yield Fault((*where, "launch_spec", key), "", f"not for here: {_OURS[key]}")
    market = spec.get("InstanceMarketOptions")
    if isinstance(market, dict) and market.get("MarketType") != _BLOCK:
        remedy = f"not for here, but for MarketType: {_BLOCK}: write spot: true"
        yield Fault((*where, "launch_spec", "InstanceMarketOptions"), "", remedy)
