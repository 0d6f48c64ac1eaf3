"""The request for an instant fleet: one call, several types and zones."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.ec2.tags import listed, owner_tags, specifications
from autoscaler.config import Purchase
from autoscaler.ports import Order

_TAGGED = ("instance", "volume", "network-interface")
_STRATEGIES = {
    ("spot", "price"): "price-capacity-optimized",
    ("spot", "order"): "capacity-optimized-prioritized",
    ("on-demand", "price"): "lowest-price",
    ("on-demand", "order"): "prioritized",
}


def document(
    order: Order, spec: Ec2Spec, wanted: list[Purchase], data: dict[str, Any]
) -> dict[str, Any]:
    """A fleet's machines are described by a launch template, named by the hash of what it says."""
    template = {**data, **_spot_request_tags(order, spec)}
    digest = sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:32]
    name = f"{template_prefix(order.deployment)}{digest}"
    return {
        "action": "CreateFleet",
        "template": {
            "LaunchTemplateName": name,
            "ClientToken": digest,
            "LaunchTemplateData": template,
            "TagSpecifications": [
                {"ResourceType": "launch-template", "Tags": listed(owner_tags(order))}
            ],
        },
        "request": _fleet(order, spec, wanted, name),
    }


def template_prefix(deployment: str) -> str:
    """With what the name of each of its templates begins."""
    return f"clearml-autoscaler-{deployment}-"


def _fleet(order: Order, spec: Ec2Spec, wanted: list[Purchase], template: str) -> dict[str, Any]:
    market, choose = wanted[0].market, spec.section.choose
    strategy = {"AllocationStrategy": _STRATEGIES[market, choose]}
    options: dict[str, Any] = {"OnDemandOptions": strategy}
    if market == "spot":
        options = {"SpotOptions": {**strategy, "InstanceInterruptionBehavior": "terminate"}}
    price = spec.max_price if market == "spot" else {}
    kinds = [k for k in dict.fromkeys(("instance", *spec.section.tag_on)) if k in _TAGGED]
    return {
        "Type": "instant",
        "ClientToken": order.token,
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": len(order.indexes),
            "DefaultTargetCapacityType": market,
        },
        **options,
        "LaunchTemplateConfigs": [
            {
                "LaunchTemplateSpecification": {"LaunchTemplateName": template, "Version": "1"},
                "Overrides": _overrides(wanted, price, in_order=choose == "order"),
            }
        ],
        "TagSpecifications": specifications(order, spec, ("fleet", *kinds)),
    }


def _overrides(
    wanted: list[Purchase], price: Mapping[str, str], *, in_order: bool
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in wanted:
        places: list[dict[str, Any]] = [{"SubnetId": subnet} for subnet in one.subnets]
        if not places:
            places = [{"AvailabilityZone": one.zone} if one.zone else {}]
        found += [{"InstanceType": one.type, **price, **place} for place in places]
    if not in_order:
        return found
    return [{**each, "Priority": float(at)} for at, each in enumerate(found)]


def _spot_request_tags(order: Order, spec: Ec2Spec) -> dict[str, Any]:
    """A fleet's call cannot tag these, its template can."""
    if "spot-instances-request" not in spec.section.tag_on:
        return {}
    told = specifications(order, spec, ("spot-instances-request",))
    return {"TagSpecifications": told}
