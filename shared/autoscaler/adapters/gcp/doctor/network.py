"""The network, its subnets in each region, and the way out."""

from collections.abc import Iterator
from typing import Any

from autoscaler.adapters.gcp.doctor.site import Site
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_DEFAULT = "global/networks/default"


def network(site: Site) -> Said:
    if site.section.subnet:
        return _subnets(site, site.section.subnet)
    named = site.section.network or _DEFAULT
    found = site.asking.of("compute", _whole(site, named))
    if found is None:
        remedy = f"there is no {named}: write network, or subnet"
        return Said("", (Problem(f"{site.field}.network", site.section.network or "", remedy),))
    if not found.get("autoCreateSubnetworks", True):
        remedy = "its subnets are your own: write subnet, which each region has"
        return Said("", (Problem(f"{site.field}.network", named, remedy),))
    return Said(named.rpartition("/")[2], warnings=tuple(_ways_out(site, named)))


def _subnets(site: Site, subnet: str) -> Said:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for region in site.regions:
        path = subnet if "/" in subnet else f"regions/{region}/subnetworks/{subnet}"
        found = site.asking.of("compute", _whole(site, path))
        if found is None:
            remedy = f"{region} has no such subnet: write its whole path if another project has it"
            problems.append(Problem(f"{site.field}.subnet", subnet, remedy))
        else:
            warnings += _ways_out(site, str(found.get("network", "")), region)
    return Said(subnet, tuple(dict.fromkeys(problems)), tuple(warnings))


def _ways_out(site: Site, network: str, region: str = "") -> Iterator[Problem]:
    """Without an address of their own, machines reach ClearML through Cloud NAT only."""
    if site.section.external_ip:
        return
    for each in (region,) if region else site.regions:
        listed = site.asking.compute(f"regions/{each}/routers") or {}
        if not any(_leads_out(router, network) for router in listed.get("items", [])):
            remedy = f"{each} has no Cloud NAT for its network: machines reach nothing outside"
            yield Problem(f"{site.field}.external_ip", "false", f"{remedy} but by what you route")


def _leads_out(router: dict[str, Any], network: str) -> bool:
    same = str(router.get("network", "")).rpartition("/")[2] == network.rpartition("/")[2]
    return same and bool(router.get("nats"))


def _whole(site: Site, path: str) -> str:
    own = path.startswith("projects/")
    return f"compute/v1/{path if own else f'projects/{site.asking.project}/{path}'}"
