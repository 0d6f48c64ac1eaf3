"""Whether the image is there, and fits the machine, its disk and its GPU."""

import re
from typing import Any

from autoscaler.adapters.gcp.doctor.site import Site
from autoscaler.config.gce_types import architecture
from autoscaler.config.gce_types import gpus as gpus_of
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_WITH_DRIVER = re.compile(
    r"nvidia|cuda|gpu|deep.?learning|dlvm|ml\b|tensorflow|torch", re.IGNORECASE
)
_KINDS = {"x86_64": "X86_64", "arm64": "ARM64"}
_GONE = ("OBSOLETE", "DELETED")


def image(site: Site) -> Said:
    named = site.section.machine_image
    place, _, name = named.rpartition("global/")
    whole = f"{place or f'projects/{site.asking.project}/'}global/{name}"
    found = site.asking.of("compute", f"compute/v1/{whole.lstrip('/')}")
    if found is None:
        return _wrong(site, f"there is no {whole}: write another, or its project")
    if "machineImages/" in name:
        return Said(named)
    problems = tuple(Problem(f"{site.field}.machine_image", named, r) for r in _unfit(site, found))
    warnings = () if problems else tuple(_without_driver(site, found))
    return Said(
        f"{named} {found.get('name', '')}".strip(), (*problems, *_disk(site, found)), warnings
    )


def _unfit(site: Site, found: dict[str, Any]) -> list[str]:
    remedies = []
    if found.get("status", "READY") != "READY":
        remedies.append(f"it is {found['status']}: name one that is ready")
    if (state := found.get("deprecated", {}).get("state")) in _GONE:
        remedies.append(f"it is {state}: name another")
    kind, type = found.get("architecture", ""), site.section.types[0]
    if kind in _KINDS.values() and kind != _KINDS[architecture(type)]:
        remedies.append(f"it is for {kind}, but {type} is {architecture(type)}: name another")
    return remedies


def _disk(site: Site, found: dict[str, Any]) -> list[Problem]:
    size = site.section.disk.size if site.section.disk else None
    least = int(found.get("diskSizeGb", 0))
    if not size or size >= least:
        return []
    remedy = f"the image needs {least} GB: write that or more"
    return [Problem(f"{site.field}.disk.size", str(size), remedy)]


def _without_driver(site: Site, found: dict[str, Any]) -> list[Problem]:
    section = site.section
    if section.cpu_only or all(gpus_of(type) == "none" for type in section.types):
        return []
    told = " ".join(str(found.get(key, "")) for key in ("name", "family", "description"))
    if _WITH_DRIVER.search(told):
        return []
    remedy = "nothing says that it has NVIDIA's driver: be sure, or let init_script install it"
    return [Problem(f"{site.field}.machine_image", section.machine_image, remedy)]


def _wrong(site: Site, remedy: str) -> Said:
    problem = Problem(f"{site.field}.machine_image", site.section.machine_image, remedy)
    return Said("", (problem,))
