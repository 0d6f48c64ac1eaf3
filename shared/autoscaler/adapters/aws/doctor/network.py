"""Subnets, their zones and their way out; security groups of the same network."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef, SubnetTypeDef

_EVERYWHERE = ("0.0.0.0/0", "::/0")


def subnets(site: Site) -> Said:
    named = site.purchases[0].place.subnets
    problems = tuple(_named(site) if named else _default(site))
    if problems:
        return Said("", problems)
    zones = sorted({one["AvailabilityZone"] for one in _used(site)})
    found = f"{', '.join(named) or 'the default ones'}: {', '.join(zones)}"
    return Said(found, warnings=(*_ways_out(site), *_full(site)))


def groups(site: Site) -> Said:
    named = list(dict.fromkeys(site.purchases[0].place.security_groups))
    if not named:
        return Said("the network's default one")
    reply = site.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": named}])
    known = {one["GroupId"]: one for one in reply["SecurityGroups"]}
    field, problems, warnings = site.at("security_groups"), [], []
    for each in named:
        if each not in known:
            remedy = f"{site.region} has no such group in this account: name another"
            problems.append(Problem(field, each, remedy))
        elif site.network not in ("", known[each].get("VpcId", "")):
            remedy = f"it is of {known[each].get('VpcId')}, the subnets are of {site.network}"
            problems.append(Problem(field, each, f"{remedy}: name one of that network"))
        elif not known[each].get("IpPermissionsEgress"):
            remedy = "it lets nothing out: machines need to reach ClearML and AWS (tcp 443)"
            warnings.append(Problem(field, each, remedy))
    return Said(", ".join(named), tuple(problems), tuple(warnings))


def key_pair(site: Site) -> Said:
    named = site.purchases[0].place.key_pair
    if not named:
        return Said("none is used")
    reply = site.ec2.describe_key_pairs(Filters=[{"Name": "key-name", "Values": [named]}])
    if reply["KeyPairs"]:
        return Said(named)
    remedy = f"{site.region} has none of this name: import it there, or leave it out"
    return Said("", (Problem(site.at("key_pair"), named, remedy),))


def _named(site: Site) -> Iterator[Problem]:
    place, known, field = site.purchases[0].place, site.subnets, site.at("subnets")
    for each in dict.fromkeys(place.subnets):
        if each not in known:
            remedy = f"{site.region} has no such subnet in this account: name another"
            yield Problem(field, each, remedy)
        elif (network := known[each]["VpcId"]) != site.network:
            remedy = f"it is of {network}, others are of {site.network}: name those of one network"
            yield Problem(field, each, remedy)
    for zone, subnet in zip(place.zones, place.subnets, strict=False):
        there = known[subnet]["AvailabilityZone"] if subnet in known else zone
        if there != zone:
            remedy = f"{subnet}, its pair, is in {there}: write that, or a subnet of {zone}"
            yield Problem(site.at("zones"), zone, remedy)


def _default(site: Site) -> Iterator[Problem]:
    if not site.subnets:
        remedy = f"{site.region} has no default network: name subnets"
        yield Problem(site.at("subnets"), "", remedy)
        return
    known = {one["AvailabilityZone"] for one in site.subnets.values()}
    for zone in site.zones:
        if zone not in known:
            remedy = (
                f"it has no default subnet: name subnets, or one of {', '.join(sorted(known))}"
            )
            yield Problem(site.at("zones"), zone, remedy)


def _used(site: Site) -> "list[SubnetTypeDef]":
    """Of the default ones only those in the zones that are named."""
    named = site.purchases[0].place.subnets
    inside = () if named else site.zones
    return [s for s in site.subnets.values() if not inside or s["AvailabilityZone"] in inside]


def _full(site: Site) -> Iterator[Problem]:
    for one in _used(site):
        if not one["AvailableIpAddressCount"]:
            remedy = "it has no free address: no machine starts there until it has"
            yield Problem(site.at("subnets"), one["SubnetId"], remedy)


def _ways_out(site: Site) -> Iterator[Problem]:
    tables = _tables(site)
    closed: list[str] = []
    hidden: list[str] = []
    for one in _used(site):
        gateway = _gateway(tables.get(one["SubnetId"]) or tables.get(one["VpcId"]))
        if gateway is None:
            closed.append(one["SubnetId"])
        elif gateway.startswith("igw-") and not _public(site, one):
            hidden.append(one["SubnetId"])
    if closed:
        remedy = "no route leads out (0.0.0.0/0): machines reach ClearML and AWS only through"
        remedy += " endpoints of yours"
        yield Problem(site.at("subnets"), ", ".join(closed), remedy)
    if hidden:
        remedy = "the way out is an internet gateway, but machines get no public address: switch"
        yield Problem(
            site.at("subnets"), ", ".join(hidden), f"{remedy} that on, or route to a NAT"
        )


def _tables(site: Site) -> "Mapping[str, RouteTableTypeDef]":
    """By the subnet that has it as its own; the main one by its network."""
    pages = site.ec2.get_paginator("describe_route_tables").paginate(
        Filters=[{"Name": "vpc-id", "Values": [site.network]}]
    )
    return {
        str(each.get("SubnetId") or table["VpcId"]): table
        for page in pages
        for table in page["RouteTables"]
        for each in table["Associations"]
        if each.get("SubnetId") or each.get("Main")
    }


def _gateway(table: "RouteTableTypeDef | None") -> str | None:
    """Where its default route leads; "" for what is no internet gateway's, None without one."""
    for route in table["Routes"] if table else ():
        to = (route.get("DestinationCidrBlock"), route.get("DestinationIpv6CidrBlock"))
        if route.get("State") != "blackhole" and any(each in _EVERYWHERE for each in to):
            return route.get("GatewayId", "")
    return None


def _public(site: Site, subnet: "SubnetTypeDef") -> bool:
    """Whether machines get an address of their own: the first interface may say so."""
    interfaces: list[dict[str, Any]] = site.spec.section.launch_spec.get("NetworkInterfaces") or []
    said = interfaces[0].get("AssociatePublicIpAddress") if interfaces else None
    return bool(subnet["MapPublicIpOnLaunch"] if said is None else said)
