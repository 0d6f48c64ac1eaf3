"""How many vCPUs may run at once, and how many the configuration may ask for."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.failures import code_of
from autoscaler.config.ec2_types import quota_of
from autoscaler.core.fleet import Market
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

if TYPE_CHECKING:
    from mypy_boto3_service_quotas import ServiceQuotasClient

# by family, for on demand and for spot: the codes of Service Quotas
_CODES: Mapping[str, tuple[str, str]] = {
    "standard": ("L-1216C47A", "L-34B43A08"),
    "g": ("L-DB2E81BA", "L-3819A6DF"),
    "p": ("L-417A185B", "L-7212CCBC"),
    "x": ("L-7295265B", "L-E3A00192"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
    "dl": ("L-6E869C2A", "L-85EED4F7"),
    "hpc": ("L-F7808C92", ""),
    "u": ("L-43DA4232", ""),
}
_UNSET = "NoSuchResourceException"


class Demand(NamedTuple):
    """`machines` of one resource, each of `least` to `most` vCPUs."""

    field: str
    machines: int
    least: int
    most: int


class Pool(NamedTuple):
    """What counts towards one quota: machines of all resources that share an account."""

    clients: Clients
    region: str
    family: str
    market: Market
    demands: tuple[Demand, ...]

    @property
    def name(self) -> str:
        return f"quota {self.region} {self.market} {self.family}"

    @property
    def needed(self) -> int:
        return sum(demand.machines * demand.most for demand in self.demands)


def pools(sites: Iterable[Site], machines: Mapping[str, int]) -> Iterator[Pool]:
    """`machines`: how many of each resource there may be at once."""
    found: dict[tuple[int, str, str, Market], list[Demand]] = {}
    clients: dict[int, Clients] = {}
    for site in sites:
        clients[id(site.spec.clients)] = site.spec.clients
        for market in site.spec.section.markets:
            for family, demand in _demands(site, machines[site.key]):
                key = (id(site.spec.clients), site.region, family, market)
                found.setdefault(key, []).append(demand)
    for (account, region, family, market), demands in found.items():
        yield Pool(clients[account], region, family, market, tuple(demands))


def quota(pool: Pool) -> Said:
    code = _CODES.get(pool.family, ("", ""))[pool.market == "spot"]
    if not code:
        return Said(f"{pool.needed} vCPUs needed; which quota that is, is not known here")
    allowed = _allowed(pool.clients.quotas(pool.region), code)
    problems, warnings = [], []
    said = f"quota {code} allows {allowed} vCPUs"
    for demand in pool.demands:
        if allowed < demand.least:
            remedy = f"{said}, one machine has {demand.least}: ask AWS for {pool.needed}"
            problems.append(Problem(demand.field, str(demand.machines), remedy))
    if not problems and allowed < pool.needed:
        demand = max(pool.demands, key=lambda one: one.machines * one.most)
        remedy = f"{said}, all machines together may have {pool.needed}: ask AWS for that"
        warnings.append(Problem(demand.field, str(demand.machines), f"{remedy}, or write less"))
    return Said(f"{pool.needed} of {allowed} vCPUs", tuple(problems), tuple(warnings))


def _demands(site: Site, machines: int) -> Iterator[tuple[str, Demand]]:
    """By family; types that EC2 does not know count for nothing."""
    sizes: dict[str, list[int]] = {}
    for type, info in site.described_types.items():
        sizes.setdefault(quota_of(type), []).append(info["VCpuInfo"]["DefaultVCpus"])
    for family, counts in sizes.items():
        yield family, Demand(f"{site.field}.max_instances", machines, min(counts), max(counts))


def _allowed(client: "ServiceQuotasClient", code: str) -> int:
    """What was granted; where nobody ever asked, what AWS gives to all."""
    try:
        found = client.get_service_quota(ServiceCode="ec2", QuotaCode=code)
    except ClientError as error:
        if code_of(error) != _UNSET:
            raise
        default = client.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code)
        return ceil(default["Quota"]["Value"])
    return ceil(found["Quota"]["Value"])
