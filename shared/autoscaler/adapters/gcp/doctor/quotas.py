"""How many vCPUs and GPUs a region may give, and how many the configuration may ask for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from autoscaler.adapters.gcp.compute_engine.checks import QUOTAS
from autoscaler.adapters.gcp.doctor.asking import Asking
from autoscaler.adapters.gcp.doctor.site import Site
from autoscaler.config.gce_types import family
from autoscaler.core.fleet import Market
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_GPUS = {
    "nvidia-a100-80gb": "NVIDIA_A100_80GB_GPUS",
    "nvidia-h100-80gb": "NVIDIA_H100_GPUS",
    "nvidia-l4": "NVIDIA_L4_GPUS",
    "nvidia-tesla-a100": "NVIDIA_A100_GPUS",
    "nvidia-tesla-p100": "NVIDIA_P100_GPUS",
    "nvidia-tesla-p4": "NVIDIA_P4_GPUS",
    "nvidia-tesla-t4": "NVIDIA_T4_GPUS",
    "nvidia-tesla-v100": "NVIDIA_V100_GPUS",
}
_EVERYWHERE = "GPUS_ALL_REGIONS"


class Demand(NamedTuple):
    """`machines` of one resource, each of `least` to `most` of what is counted."""

    field: str
    machines: int
    least: int
    most: int


class Pool(NamedTuple):
    """What counts towards one quota. `region`: "" for that of the whole project."""

    asking: Asking
    region: str
    metric: str
    market: Market
    demands: tuple[Demand, ...]

    @property
    def name(self) -> str:
        of = f"{self.market} " if self.region else ""
        return f"quota {self.region or 'all regions'} {of}{self.metric}"


def pools(sites: Iterable[Site], machines: Mapping[str, int]) -> Iterator[Pool]:
    """`machines`: how many of each resource there may be at once; one region may have them all."""
    found: dict[tuple[int, str, str, Market], list[Demand]] = {}
    asking: dict[int, Asking] = {}
    for site in sites:
        asking[id(site.asking)] = site.asking
        for region, market, metric, demand in _demands(site, machines[site.key]):
            found.setdefault((id(site.asking), region, metric, market), []).append(demand)
    for (project, region, metric, market), demands in found.items():
        yield Pool(asking[project], region, metric, market, tuple(demands))


def quota(pool: Pool) -> Said:
    told = pool.asking.compute(f"regions/{pool.region}" if pool.region else "") or {}
    limits = {
        str(each.get("metric")): float(each.get("limit", 0)) for each in told.get("quotas", [])
    }
    metric = _counted(pool, limits)
    allowed, needed = limits.get(metric), sum(one.machines * one.most for one in pool.demands)
    if allowed is None:
        return Said(f"{needed} needed; Google tells no {metric} there")
    problems, warnings = [], []
    said = f"the quota {metric} allows {allowed:g}"
    for one in pool.demands:
        if allowed < one.least:
            remedy = f"{said}, one machine has {one.least}: ask Google for {needed}"
            problems.append(Problem(one.field, str(one.machines), remedy))
    if not problems and allowed < needed:
        one = max(pool.demands, key=lambda each: each.machines * each.most)
        remedy = f"{said}, all machines together may have {needed}: ask for that, or write less"
        warnings.append(Problem(one.field, str(one.machines), remedy))
    return Said(f"{needed} of {allowed:g}", tuple(problems), tuple(warnings))


def _counted(pool: Pool, limits: Mapping[str, float]) -> str:
    """Spot counts towards a quota of its own, once the project was given one."""
    own = f"PREEMPTIBLE_{pool.metric if '_GPUS' in pool.metric else 'CPUS'}"
    return own if pool.market == "spot" and limits.get(own) else pool.metric


def _demands(site: Site, machines: int) -> Iterator[tuple[str, Market, str, Demand]]:
    """By region, market and what is counted; of a type that Google does not know nothing is."""
    for metric, counts in _sizes(site).items():
        demand = Demand(f"{site.field}.max_instances", machines, min(counts), max(counts))
        for market in site.section.markets:
            for region in ("",) if metric == _EVERYWHERE else site.regions:
                if region or market == "on-demand":
                    yield region, market, metric, demand


def _sizes(site: Site) -> dict[str, list[int]]:
    """How much of each that is counted a machine of each type has."""
    sizes: dict[str, list[int]] = {}
    for type, told in site.types.items():
        if metric := QUOTAS.get(family(type)):
            sizes.setdefault(metric, []).append(int(told.get("guestCpus", 0)))
        for kind, count in _cards(site, told):
            for metric in (_GPUS.get(kind), _EVERYWHERE):
                if metric:
                    sizes.setdefault(metric, []).append(count)
    return sizes


def _cards(site: Site, told: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    """The GPUs of one machine: built in, or attached."""
    built_in = told.get("accelerators", [])
    for one in built_in if isinstance(built_in, list) else []:
        yield str(one.get("guestAcceleratorType")), int(one.get("guestAcceleratorCount", 1))
    if site.section.gpu_type and not built_in:
        yield site.section.gpu_type, site.section.gpu_count
