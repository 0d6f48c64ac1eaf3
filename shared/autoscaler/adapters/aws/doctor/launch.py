"""Whether EC2 would start a machine, and whether its tags fit."""

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.ec2.checks import trial, tried
from autoscaler.adapters.aws.ec2.images import Images
from autoscaler.adapters.aws.ec2.tags import machine_tags
from autoscaler.config import Purchase
from autoscaler.core.words import many
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_MOST_TAGS = 50  # that EC2 keeps of one thing


def tags(site: Site) -> Said:
    spec = site.spec
    ours = machine_tags(trial(site.deployment, site.key, spec), spec.startup.prefix)
    all_ = {"Name", *spec.aws.tags, *spec.section.tags, *ours}
    if len(all_) <= _MOST_TAGS:
        return Said(f"{len(all_)} of {_MOST_TAGS}")
    remedy = f"with the autoscaler's own, machines have {len(all_)}: EC2 takes {_MOST_TAGS}"
    return Said("", (Problem(f"{site.field}.tags", many(len(spec.section.tags), "tag"), remedy),))


def launch(site: Site, images: Images) -> Said:
    """EC2 checks the whole request, and the rights of who asks, in each market."""
    order = trial(site.deployment, site.key, site.spec)
    by_market: dict[str, list[Purchase]] = {}
    for purchase in site.purchases:
        by_market.setdefault(purchase.market, []).append(purchase)
    problems = [
        problem
        for purchases in by_market.values()
        for problem in tried(site.field, site.spec, order, purchases, images)
    ]
    found = f"EC2 would start a machine ({' and '.join(by_market)})"
    return Said(found, tuple(dict.fromkeys(problems)))
