"""Which machine has which place in an instant fleet, and whose fleet it is."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.failures import code_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FleetDataTypeDef

_AT_ONCE = 100


class Member(NamedTuple):
    """Of a fleet: `token` is what the fleet was asked for with.

    `position`: the place in the sorted list of all that it started; it never changes.
    """

    token: str
    position: int


class Fleets:
    """Remembers what was told of a fleet: an instant one never changes."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, Member]] = {}

    def members(
        self, clients: Clients, region: str, fleets: Iterable[str]
    ) -> Mapping[str, Member]:
        """By instance id; those of a fleet that is not described yet are missing."""
        wanted = sorted(fleets)
        new = [fleet for fleet in wanted if fleet not in self._known]
        for at in range(0, len(new), _AT_ONCE):
            for data in _described(clients, region, new[at : at + _AT_ONCE]):
                if members := _members(data):
                    self._known[data["FleetId"]] = members
        self._known = {fleet: self._known[fleet] for fleet in wanted if fleet in self._known}
        return {name: one for each in self._known.values() for name, one in each.items()}


def fleet_members(clients: Clients, region: str, fleet: str) -> Mapping[str, Member]:
    """Of one fleet; empty when it is not described, or started nothing."""
    return {
        n: m for data in _described(clients, region, [fleet]) for n, m in _members(data).items()
    }


def positions(instance_ids: Iterable[str], token: str) -> Mapping[str, Member]:
    return {name: Member(token, at) for at, name in enumerate(sorted(instance_ids))}


def _members(data: "FleetDataTypeDef") -> Mapping[str, Member]:
    ids = (name for each in data.get("Instances", []) for name in each.get("InstanceIds", []))
    return positions(ids, data.get("ClientToken", ""))


def _described(clients: Clients, region: str, fleets: list[str]) -> "Iterable[FleetDataTypeDef]":
    """One that is not told yet makes the whole call fail: then each is asked for alone."""
    try:
        return clients.ec2(region).describe_fleets(FleetIds=fleets)["Fleets"]
    except ClientError as error:
        if not code_of(error).startswith("InvalidFleetId"):
            raise
    if len(fleets) == 1:
        return []
    return [data for fleet in fleets for data in _described(clients, region, [fleet])]
