"""Machines as EC2 describes them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.ec2.fleets import Fleets, Member
from autoscaler.adapters.aws.ec2.reading import reading
from autoscaler.adapters.aws.ec2.tags import DEPLOYMENT, Told
from autoscaler.core.seen import Machine

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, InstanceTypeDef

_STATES: Mapping[str, Literal["living", "stopping", "gone"]] = {
    "pending": "living",
    "running": "living",
    "shutting-down": "stopping",
    "stopping": "stopping",
    "stopped": "stopping",
    "terminated": "gone",
}
_PAGE = 1000


class Listing:
    """Reads the machines that carry the deployment's tag."""

    def __init__(self, deployment: str) -> None:
        self._ours: FilterTypeDef = {"Name": f"tag:{DEPLOYMENT}", "Values": [deployment]}
        self._fleets = Fleets()

    def read(self, clients: Clients, region: str, *filters: "FilterTypeDef") -> Sequence[Machine]:
        """All of them in a region. Raises UnavailableError: never a part."""
        with reading("DescribeInstances", region):
            found = list(_described(clients, region, [self._ours, *filters]))
            members = self._fleets.members(
                clients, region, {told for each in found if (told := tags_of(each).fleet)}
            )
        return [machine_of(each, members.get(each["InstanceId"])) for each in found]

    def find(self, clients: Clients, region: str, instance_id: str) -> bool:
        """Whether it is there and carries our tag."""
        only: FilterTypeDef = {"Name": "instance-id", "Values": [instance_id]}
        with reading("DescribeInstances", region):
            return any(_described(clients, region, [self._ours, only]))


def tags_of(instance: "InstanceTypeDef") -> Told:
    return Told(instance.get("Tags", []))


def machine_of(instance: "InstanceTypeDef", member: Member | None = None) -> Machine:
    """`member`: what is known of it from its fleet; without that, it is nobody's (token "")."""
    told = tags_of(instance)
    name, type = instance["InstanceId"], instance.get("InstanceType", "")
    token = member.token if member else "" if told.fleet else instance.get("ClientToken", "")
    return Machine(
        instance_id=name,
        state=_STATES.get(instance.get("State", {}).get("Name", ""), "living"),
        autoscaler=told.text("autoscaler"),
        resource=told.text("resource"),
        launch=told.text("launch"),
        attempt=told.number("attempt", 0),
        position=member.position if member else instance.get("AmiLaunchIndex", 0),
        token=token,
        type=type,
        zone=instance.get("Placement", {}).get("AvailabilityZone", ""),
        market="spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand",
        worker=f"{told.text('prefix')}:{told.text('resource')}:{type}:{name}",
        queue_ids=told.queue_ids,
        slots=max(1, told.number("slots", 1)),
        config_hash=told.text("config"),
        launched_at=instance.get("LaunchTime"),
        detail=_detail(instance),
    )


def _detail(instance: "InstanceTypeDef") -> str:
    """Why it ended, in EC2's words."""
    if instance.get("State", {}).get("Name") in ("pending", "running"):
        return ""
    reason = instance.get("StateReason", {}).get("Message", "")
    return reason or instance.get("StateTransitionReason", "")


def _described(
    clients: Clients, region: str, filters: "list[FilterTypeDef]"
) -> Iterator["InstanceTypeDef"]:
    pages = clients.ec2(region).get_paginator("describe_instances")
    for page in pages.paginate(Filters=filters, PaginationConfig={"PageSize": _PAGE}):
        for reservation in page["Reservations"]:
            yield from reservation.get("Instances", [])
