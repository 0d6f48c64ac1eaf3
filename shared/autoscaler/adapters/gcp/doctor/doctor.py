"""The port Doctor for Compute Engine: every look, in the order in which they depend on others."""

from collections.abc import Iterator, Mapping
from functools import partial

from autoscaler.adapters.gcp.compute_engine.checks import request_problems
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.adapters.gcp.doctor.asking import Asking, findings
from autoscaler.adapters.gcp.doctor.images import image
from autoscaler.adapters.gcp.doctor.network import network
from autoscaler.adapters.gcp.doctor.project import (
    permissions,
    project,
    secrets,
    service_account,
    services,
)
from autoscaler.adapters.gcp.doctor.quotas import pools, quota
from autoscaler.adapters.gcp.doctor.site import Site, sites
from autoscaler.adapters.gcp.doctor.types import gpus, types, zones
from autoscaler.adapters.gcp.refusals import CallError
from autoscaler.errors import UnavailableError
from autoscaler.ports import Finding
from autoscaler.ports.doctor import Look, Said, is_wrong, skipped

_PROJECT = "google project"


class GceDoctor:
    """`machines`: how many of each resource there may be at once, by its key."""

    def __init__(self, specs: Mapping[str, GceSpec], machines: Mapping[str, int]) -> None:
        self._sites = tuple(sites(specs))
        self._machines = machines

    def examine(self) -> Iterator[Finding]:
        closed: set[int] = set()
        for asking, those in self._projects():
            told = list(findings(_PROJECT, "", partial(project, asking)))
            yield from told
            if is_wrong(told):
                closed.add(id(asking))
                continue
            yield from findings("google services", "", partial(services, asking, those))
            yield from findings("permissions", "", partial(permissions, asking, those))
        open_ = [site for site in self._sites if id(site.asking) not in closed]
        for site in self._sites:
            if site in open_:
                yield from self._resource(site)
            else:
                yield skipped("machines", site.key, _PROJECT)
        yield from self._quotas(open_)

    def _projects(self) -> Iterator[tuple[Asking, list[Site]]]:
        for asking in {id(site.asking): site.asking for site in self._sites}.values():
            yield asking, [site for site in self._sites if site.asking is asking]

    def _quotas(self, open_: list[Site]) -> Iterator[Finding]:
        try:
            found = list(pools(open_, self._machines))
        except (CallError, UnavailableError):
            yield skipped("quotas", "", "types")
            return
        for pool in found:
            yield from findings(pool.name, "", partial(quota, pool))

    def _resource(self, site: Site) -> Iterator[Finding]:
        told = list(findings("zones", site.key, partial(zones, site)))
        yield from told
        for check, look in self._looks(site).items():
            if check in ("types", "gpus") and is_wrong(told):
                yield skipped(check, site.key, "zones")
            else:
                yield from findings(check, site.key, look)

    def _looks(self, site: Site) -> dict[str, Look]:
        return {
            "types": partial(types, site),
            "gpus": partial(gpus, site),
            "image": partial(image, site),
            "network": partial(network, site),
            "service account": partial(service_account, site),
            "secrets": partial(secrets, site),
            "request": partial(_request, site),
        }


def _request(site: Site) -> Said:
    resource = site.key.partition("/")[2]
    problems = tuple(request_problems(site.field, resource, site.spec))
    return Said("the startup script fits, and Google knows its words", problems)
