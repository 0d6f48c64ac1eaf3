"""Whether the zones have the types of machines and GPUs."""

from collections.abc import Iterator

from autoscaler.adapters.gcp.doctor.site import Site
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said


def zones(site: Site) -> Said:
    """Those that are written; a region stands for all of its zones that there are."""
    unknown = [z for z in site.section.zones if site.asking.compute(f"zones/{z}") is None]
    remedy = "there is no such zone: `gcloud compute zones list` shows all"
    problems = tuple(Problem(f"{site.field}.zones", zone, remedy) for zone in unknown)
    return Said(", ".join(site.section.zones or site.regions), problems)


def types(site: Site) -> Said:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for type in site.section.types:
        there = site.there("machineTypes", type)
        where = list(_nowhere(site, "types", type, set(there)))
        (warnings if there else problems).extend(where)
        old = [z for z, one in there.items() if one.get("deprecated", {}).get("state")]
        if old:
            remedy = f"Google gives it up in {', '.join(old)}: name another"
            warnings.append(Problem(f"{site.field}.types", type, remedy))
    return Said(", ".join(site.section.types), tuple(problems), tuple(warnings))


def gpus(site: Site) -> Said:
    """Of those that are attached to n1 types; others have theirs built in."""
    section = site.section
    if section.gpu_type is None:
        built_in = [n for one in site.types.values() for n in _built_in(one)]
        return Said(", ".join(dict.fromkeys(built_in)) or "none are asked for")
    there = site.there("acceleratorTypes", section.gpu_type)
    where = tuple(_nowhere(site, "gpu_type", section.gpu_type, set(there)))
    if not there:
        return Said("", where)
    most = max(
        int(one.get("maximumCardsPerInstance", section.gpu_count)) for one in there.values()
    )
    if section.gpu_count > most:
        remedy = f"a machine takes {most} of {section.gpu_type}: write that or less"
        problem = Problem(f"{site.field}.gpu_count", str(section.gpu_count), remedy)
        return Said("", (problem,), where)
    return Said(f"{section.gpu_count} x {section.gpu_type}", warnings=where)


def _built_in(type: dict[str, object]) -> Iterator[str]:
    found = type.get("accelerators", [])
    for one in found if isinstance(found, list) else []:
        yield f"{one.get('guestAcceleratorCount')} x {one.get('guestAcceleratorType')}"


def _nowhere(site: Site, key: str, name: str, there: set[str]) -> Iterator[Problem]:
    """A warning where some zones have it, else an error: the caller knows which."""
    missing = [zone for zone in site.section.places if zone not in there]
    if not missing or (there and not site.section.zones):  # a region's zones need not all have it
        return
    if there:
        remedy = f"{', '.join(missing)} does not have it: asking there is in vain"
    else:
        kind = "machine-types" if key == "types" else "accelerator-types"
        remedy = f"none of its zones has it: `gcloud compute {kind} list` shows what has"
    yield Problem(f"{site.field}.{key}", name, remedy)
