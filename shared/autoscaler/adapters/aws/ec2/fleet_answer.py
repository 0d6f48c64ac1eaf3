"""What CreateFleet's reply means: machines, and which pools said no."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.ec2.answers import kind_of
from autoscaler.adapters.aws.ec2.fleets import positions
from autoscaler.adapters.aws.ec2.scopes import scopes
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.config import Purchase
from autoscaler.core.seen import Machine
from autoscaler.ports import Answer, Launched, Order, Refused

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        CreateFleetErrorTypeDef,
        CreateFleetInstanceTypeDef,
        CreateFleetResultTypeDef,
    )


def fleet_answer(
    order: Order,
    spec: Ec2Spec,
    reply: "CreateFleetResultTypeDef",
    now: datetime,
) -> Answer:
    """The reply says when a machine was ordered to nobody: that is `now`."""
    errors = reply.get("Errors", [])
    refused = _refused(order, spec, errors)
    groups = reply.get("Instances", [])
    if groups:
        machines = sorted(_machines(order, spec, groups, now), key=lambda one: one.position)
        return Launched(machines=tuple(machines), refused=refused)
    codes = list(dict.fromkeys(error.get("ErrorCode", "") for error in errors))
    said = dict.fromkeys(error.get("ErrorMessage", "") for error in errors)
    return Refused(
        code=", ".join(codes),
        detail="; ".join(said),
        operator=all(kind_of(code) == "operator" for code in codes),
        refused=refused,
    )


def _machines(
    order: Order,
    spec: Ec2Spec,
    groups: "Iterable[CreateFleetInstanceTypeDef]",
    now: datetime,
) -> Iterable[Machine]:
    by_group = [(each, name) for each in groups for name in each.get("InstanceIds", [])]
    places = positions((name for _, name in by_group), order.token)
    for each, name in by_group:
        override = each.get("LaunchTemplateAndOverrides", {}).get("Overrides", {})
        zone = each.get("AvailabilityZone") or override.get("AvailabilityZone", "")
        bought = {
            "type": each.get("InstanceType", ""),
            "zone": zone,
            "market": "spot" if each.get("Lifecycle") == "spot" else "on-demand",
        }
        bought["worker"] = f"{spec.startup.prefix}:{order.resource}:{bought['type']}:{name}"
        machine = order.born(
            places[name].position, name, prefix=spec.startup.prefix, slots=order.slots, at=now
        )
        yield machine.model_copy(update=bought)


def _refused(
    order: Order, spec: Ec2Spec, errors: "Iterable[CreateFleetErrorTypeDef]"
) -> dict[str, str]:
    """By offering. A limit of the account is that of more than the pool that met it."""
    refused: dict[str, str] = {}
    for error in errors:
        code = error.get("ErrorCode", "")
        override = error.get("LaunchTemplateAndOverrides", {}).get("Overrides", {})
        pool = _pool(order, spec, override)
        wider = scopes(spec, pool.values()).get(kind_of(code), ())
        refused |= dict.fromkeys(wider or pool, code)
    return refused


def _pool(order: Order, spec: Ec2Spec, override: Mapping[str, object]) -> dict[str, Purchase]:
    """What of the order was asked for in these words."""
    type, zone = override.get("InstanceType"), override.get("AvailabilityZone")
    subnet = override.get("SubnetId")
    return {
        key: one
        for key, one in spec.wanted(order).items()
        if one.type == type
        and (not subnet or subnet in one.subnets)
        and (subnet or not zone or one.zone in ("", zone))
    }
