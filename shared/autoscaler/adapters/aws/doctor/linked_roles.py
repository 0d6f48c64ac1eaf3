"""The roles by which EC2 itself buys spot machines and runs fleets; an account has each once."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.ec2.request import is_fleet
from autoscaler.adapters.aws.failures import code_of
from autoscaler.core.words import many
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_SPOT = ("AWSServiceRoleForEC2Spot", "spot.amazonaws.com")
_FLEET = ("AWSServiceRoleForEC2Fleet", "ec2fleet.amazonaws.com")
_UNKNOWN = "NoSuchEntity"


def linked_roles(site: Site) -> Said:
    """Whoever launches makes a missing one, if allowed to; the deployed launcher is not."""
    needed = list(_needed(site))
    how = "the account has none: aws iam create-service-linked-role --aws-service-name"
    warnings = tuple(
        Problem(site.field, name, f"{how} {service}")
        for name, service in needed
        if not _exists(site, name)
    )
    return Said(f"{many(len(needed), 'role')} of EC2", warnings=warnings)


def _needed(site: Site) -> Iterator[tuple[str, str]]:
    markets = site.spec.section.markets
    if "spot" in markets:
        yield _SPOT
    if any(is_fleet([p for p in site.purchases if p.market == market]) for market in markets):
        yield _FLEET


def _exists(site: Site, name: str) -> bool:
    try:
        site.spec.clients.iam().get_role(RoleName=name)
    except ClientError as error:
        if code_of(error) != _UNKNOWN:
            raise
        return False
    return True
