"""The port Doctor for EC2: every look, in the order in which they depend on each other."""

from collections.abc import Iterator, Mapping
from functools import partial

from autoscaler.adapters.aws.doctor.account import credentials, profile
from autoscaler.adapters.aws.doctor.images import image
from autoscaler.adapters.aws.doctor.launch import launch, tags
from autoscaler.adapters.aws.doctor.linked_roles import linked_roles
from autoscaler.adapters.aws.doctor.looking import findings
from autoscaler.adapters.aws.doctor.network import groups, key_pair, subnets
from autoscaler.adapters.aws.doctor.quotas import pools, quota
from autoscaler.adapters.aws.doctor.secrets import secrets
from autoscaler.adapters.aws.doctor.site import Site, sites
from autoscaler.adapters.aws.doctor.types import types
from autoscaler.adapters.aws.ec2.images import Images
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.failures import FAILED
from autoscaler.ports import Clock, Finding
from autoscaler.ports.doctor import Look, is_wrong, skipped


class Ec2Doctor:
    """`machines`: how many of each resource there may be at once, by its key."""

    def __init__(
        self,
        deployment: str,
        specs: Mapping[str, Ec2Spec],
        machines: Mapping[str, int],
        clock: Clock,
    ) -> None:
        self._sites = tuple(sites(deployment, specs))
        self._machines = machines
        self._images = Images(clock)

    def examine(self) -> Iterator[Finding]:
        closed: set[int] = set()
        for site in self._accounts():
            told = list(findings("aws account", "", partial(credentials, site)))
            yield from told
            if is_wrong(told):
                closed.add(id(site.spec.clients))
        open_ = [site for site in self._sites if id(site.spec.clients) not in closed]
        for site in self._sites:
            if site in open_:
                yield from self._resource(site)
            else:
                yield skipped("machines", site.key, "aws account")
        yield from self._quotas(open_)

    def _quotas(self, open_: list[Site]) -> Iterator[Finding]:
        try:
            found = list(pools(open_, self._machines))
        except FAILED:
            yield skipped("quotas", "", "types")
            return
        for pool in found:
            yield from findings(pool.name, "", partial(quota, pool))

    def _accounts(self) -> list[Site]:
        """One site of each account."""
        return list({id(site.spec.clients): site for site in reversed(self._sites)}.values())[::-1]

    def _resource(self, site: Site) -> Iterator[Finding]:
        wrong: list[str] = []
        for check, look in self._looks(site).items():
            told = list(findings(_called(check, site), site.key, look))
            yield from told
            wrong += [check] if is_wrong(told) else []
        name = _called("launch", site)
        if wrong:
            yield skipped(name, site.key, ", ".join(wrong))
        else:
            yield from findings(name, site.key, partial(launch, site, self._images))

    def _looks(self, site: Site) -> dict[str, Look]:
        looks: dict[str, Look] = {
            "types": partial(types, site),
            "image": partial(image, site, self._images),
            "subnets": partial(subnets, site),
            "security groups": partial(groups, site),
            "key pair": partial(key_pair, site),
            "secrets": partial(secrets, site),
        }
        if site.elsewhere:
            return looks
        return {
            **looks,
            "instance profile": partial(profile, site),
            "linked roles": partial(linked_roles, site),
            "tags": partial(tags, site),
        }


def _called(check: str, site: Site) -> str:
    return f"{check} in {site.elsewhere}" if site.elsewhere else check
