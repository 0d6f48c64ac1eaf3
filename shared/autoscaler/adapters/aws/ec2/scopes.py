"""How wide a no is: some are those of more offerings than were asked for."""

from collections.abc import Collection, Mapping

from autoscaler.adapters.aws.ec2.answers import Kind
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.config import Purchase
from autoscaler.config.ec2_types import quota_of


def scopes(spec: Ec2Spec, asked: Collection[Purchase]) -> Mapping[Kind, tuple[str, ...]]:
    """The resource's offerings that share a limit of the account, or a subnet, with these."""
    limits = {_limit(spec, one) for one in asked}
    subnets = {subnet for one in asked for subnet in one.subnets}
    of_limit = (key for key, one in spec.purchases.items() if _limit(spec, one) in limits)
    of_subnet = (key for key, one in spec.purchases.items() if subnets & set(one.subnets))
    return {"quota": tuple(of_limit), "addresses": tuple(of_subnet)}


def _limit(spec: Ec2Spec, purchase: Purchase) -> tuple[str, str, str]:
    return spec.region(purchase), purchase.market, quota_of(purchase.type)
