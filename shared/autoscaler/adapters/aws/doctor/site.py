"""A resource in one of its regions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.config import Purchase

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeInfoTypeDef, SubnetTypeDef

_DEFAULT = ("default-for-az", ["true"])


@dataclass(frozen=True)
class Site:
    """`purchases`: what may be bought in this region, at least one.

    What several looks ask of EC2 is asked once.
    """

    deployment: str
    key: str
    spec: Ec2Spec
    purchases: tuple[Purchase, ...]

    @property
    def region(self) -> str:
        return self.spec.region(self.purchases[0])

    @property
    def elsewhere(self) -> str:
        """Its region where that is not the account's own."""
        return self.purchases[0].region

    @property
    def field(self) -> str:
        """Where the configuration has the resource."""
        autoscaler, _, resource = self.key.partition("/")
        return f"autoscalers[{autoscaler}].resources[{resource}]"

    def at(self, name: str) -> str:
        """Where it has what belongs to the region."""
        place = f"{self.field}.regions[{self.elsewhere}]" if self.elsewhere else self.field
        return f"{place}.{name}"

    @property
    def ec2(self) -> "EC2Client":
        return self.spec.clients.ec2(self.region)

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.type for one in self.purchases))

    @property
    def zones(self) -> tuple[str, ...]:
        return self.purchases[0].place.zones

    @cached_property
    def described_types(self) -> "Mapping[str, InstanceTypeInfoTypeDef]":
        """By name; one that the region does not know is left out."""
        reply = self.ec2.describe_instance_types(
            Filters=[{"Name": "instance-type", "Values": list(self.types)}]
        )
        return {str(one["InstanceType"]): one for one in reply["InstanceTypes"]}

    @cached_property
    def subnets(self) -> "Mapping[str, SubnetTypeDef]":
        """Those that are named, else the default ones, by their ids; those that exist."""
        named = self.purchases[0].place.subnets
        name, values = ("subnet-id", list(dict.fromkeys(named))) if named else _DEFAULT
        reply = self.ec2.describe_subnets(Filters=[{"Name": name, "Values": values}])
        return {one["SubnetId"]: one for one in reply["Subnets"]}

    @property
    def network(self) -> str:
        """The VPC of its machines; empty when there is none."""
        return next((one["VpcId"] for one in self.subnets.values()), "")


def sites(deployment: str, specs: Mapping[str, Ec2Spec]) -> Iterator[Site]:
    """In the order of the configuration."""
    for key, spec in specs.items():
        by_region: dict[str, list[Purchase]] = {}
        for purchase in spec.purchases.values():
            by_region.setdefault(purchase.region, []).append(purchase)
        for purchases in by_region.values():
            yield Site(deployment, key, spec, tuple(purchases))
