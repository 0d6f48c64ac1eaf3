"""Whether the region sells the types, where and how they are wanted."""

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said


def types(site: Site) -> Said:
    known, sold = site.described_types, _sold(site)
    field = f"{site.field}.types"
    problems, warnings = [], []
    zones = site.zones or tuple(
        dict.fromkeys(s["AvailabilityZone"] for s in site.subnets.values())
    )
    for type in site.types:
        there = {zone for one, zone in sold if one == type}
        missing = [zone for zone in zones if zone not in there]
        if type not in known or not there:
            remedy = f"{site.region} does not sell it: write another type or region"
            problems.append(Problem(field, type, remedy))
        elif zones and len(missing) == len(zones):
            remedy = f"none of {', '.join(zones)} sells it, but {', '.join(sorted(there))}"
            problems.append(Problem(field, type, remedy))
        elif missing and site.zones:
            remedy = f"{', '.join(missing)} does not sell it: asking there is in vain"
            warnings.append(Problem(field, type, remedy))
        problems += _market(site, type)
    return Said(", ".join(site.types), tuple(problems), tuple(warnings))


def _sold(site: Site) -> set[tuple[str, str]]:
    """Type and zone of what is sold."""
    pages = site.ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(site.types)}],
    )
    return {
        (str(one["InstanceType"]), one["Location"])
        for page in pages
        for one in page["InstanceTypeOfferings"]
    }


def _market(site: Site, type: str) -> list[Problem]:
    known = site.described_types.get(type)
    if not known or "spot" not in site.spec.section.markets:
        return []
    if "spot" in known["SupportedUsageClasses"]:
        return []
    return [Problem(f"{site.field}.spot", "true", f"there is no spot market for {type}")]
