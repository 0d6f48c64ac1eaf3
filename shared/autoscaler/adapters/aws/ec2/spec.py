"""What the machines of one resource are made of, and where they may be bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from autoscaler.adapters.aws.clients import Clients
from autoscaler.config import AwsSection, Ec2Section, Purchase
from autoscaler.machine.startup import StartupSpec
from autoscaler.ports import Order


@dataclass(frozen=True)
class Ec2Spec:
    """`aws` is the account, with everything that is written above the resource.

    `clients` are that account's: one object for all resources that share it.
    """

    section: Ec2Section
    aws: AwsSection
    startup: StartupSpec
    clients: Clients

    @cached_property
    def purchases(self) -> Mapping[str, Purchase]:
        """Each way to buy a machine, by its offering's key."""
        return {one.offering(self.section).key: one for one in self.section.purchases}

    @property
    def max_price(self) -> dict[str, str]:
        """What EC2 is told of spot machines; without it, it takes what on demand costs."""
        spot = self.section.spot
        most = spot.max_price if spot else None
        return {} if most is None else {"MaxPrice": f"{most:.4f}"}

    def wanted(self, order: Order) -> dict[str, Purchase]:
        """What the order may use; empty when the configuration offers none of it any more."""
        keys = [key for key in (order.offering, *order.also) if key in self.purchases]
        first = self.region(self.purchases[keys[0]]) if keys else ""
        return {key: one for key in keys if self.region(one := self.purchases[key]) == first}

    def region(self, purchase: Purchase) -> str:
        return purchase.region or self.clients.region

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Where its machines may be."""
        bought = (self.region(one) for one in self.section.purchases)
        return tuple(dict.fromkeys((*bought, *self.aws.watch_regions)))
