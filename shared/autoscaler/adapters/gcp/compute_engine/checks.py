"""What would keep machines from starting, under the keys of the configuration."""

from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.adapters.gcp.compute_engine.inserting import unknown_words
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.adapters.gcp.refusals import CallError
from autoscaler.config.gce_fields import region_of
from autoscaler.config.gce_types import family, vcpus
from autoscaler.errors import ConfigError, CredentialsError, Problem, UnavailableError
from autoscaler.machine.startup import packed_script, render_startup

_QUEUE = "0" * 32  # as long as any queue's id
_NOT_FOUND = 404
# Which quota the vCPUs of a series count towards; of others nothing is known here.
QUOTAS = {
    **dict.fromkeys(("n1", "e2", "f1", "g1"), "CPUS"),
    **{
        of: f"{of.upper()}_CPUS"
        for of in ("a2", "c2", "c2d", "c3", "m1", "n2", "n2d", "t2a", "t2d")
    },
}


def problems(specs: Mapping[str, GceSpec]) -> list[Problem]:
    found: list[Problem] = []
    for key, spec in specs.items():
        autoscaler, _, resource = key.partition("/")
        place = f"autoscalers[{autoscaler}].resources[{resource}]"
        try:
            found += _of(place, resource, spec)
        except CredentialsError as error:
            found.append(Problem(f"{place}.gcp", "", str(error)))
        except UnavailableError as error:
            found.append(Problem(place, type(error).__name__, str(error)))
    return list(dict.fromkeys(found))


def request_problems(place: str, resource: str, spec: GceSpec) -> Iterator[Problem]:
    """What Google would not take of a request for a machine, known without asking it."""
    yield from _script(place, resource, spec)
    if spec.section.launch_spec and (unknown := unknown_words(spec.section.launch_spec)):
        yield Problem(f"{place}.launch_spec", "", f"instances.insert does not take it: {unknown}")


def _of(place: str, resource: str, spec: GceSpec) -> Iterator[Problem]:
    yield from request_problems(place, resource, spec)
    for i, type in enumerate(spec.section.types):
        yield from _nowhere(f"{place}.types[{i}]", type, "machineTypes", spec)
    if kind := spec.section.gpu_type:
        yield from _nowhere(f"{place}.gpu_type", kind, "acceleratorTypes", spec)
    yield from _image(f"{place}.machine_image", spec)
    for region in dict.fromkeys(map(region_of, spec.section.places)):
        yield from _subnet(f"{place}.subnet", region, spec)
        yield from _quota(place, region, spec)


def _script(place: str, resource: str, spec: GceSpec) -> Iterator[Problem]:
    try:
        queues = (_QUEUE,) * len(spec.section.queues)
        packed_script(render_startup(spec.startup, resource=resource, queue_ids=queues))
    except ConfigError as error:
        yield from (Problem(f"{place}.machine", p.value, p.remedy) for p in error.problems)


def _nowhere(place: str, name: str, kind: str, spec: GceSpec) -> Iterator[Problem]:
    """A type that none of its zones has; one that some lack is asked for in the others."""
    zones = spec.section.places
    missing = [z for z in zones if _missing(spec, f"zones/{z}/{kind}/{name}")]
    if len(missing) == len(zones):
        remedy = f"none of its zones has it: `gcloud compute {_gcloud(kind)} list` shows what has"
        yield Problem(place, name, remedy)


def _gcloud(kind: str) -> str:
    return kind.replace("Types", "-types")


def _image(place: str, spec: GceSpec) -> Iterator[Problem]:
    image = spec.section.machine_image
    project, _, name = image.rpartition("global/")
    other = project.removeprefix("projects/").rstrip("/")
    access = spec.access
    if other and other != access.project:
        return  # another project's may be used without the right to look at it
    if _missing(spec, f"global/{name}"):
        yield Problem(place, image, f"project {access.project} has no such image")


def _subnet(place: str, region: str, spec: GceSpec) -> Iterator[Problem]:
    subnet = spec.section.subnet
    if subnet and "/" not in subnet and _missing(spec, f"regions/{region}/subnetworks/{subnet}"):
        remedy = f"{region} has no such subnet: write its whole path if another project has it"
        yield Problem(place, subnet, remedy)


def _quota(place: str, region: str, spec: GceSpec) -> Iterator[Problem]:
    """A type of which not even one fits into the region's quota of vCPUs."""
    told = _read(spec, f"regions/{region}") or {}
    limits = {each.get("metric"): float(each.get("limit", 0)) for each in told.get("quotas", [])}
    for i, type in enumerate(spec.section.types):
        metric, needed = QUOTAS.get(family(type), ""), vcpus(type)
        limit = limits.get(metric)
        if needed and limit is not None and needed > limit:
            remedy = (
                f"it has {needed} vCPUs, the quota {metric} of {region} is {limit:g}: ask more"
            )
            yield Problem(f"{place}.types[{i}]", type, remedy)


def _missing(spec: GceSpec, path: str) -> bool:
    return _read(spec, path) is None


def _read(spec: GceSpec, path: str) -> dict[str, Any] | None:
    """None for what is not there."""
    try:
        return spec.access.read(path)
    except CallError as error:
        if error.status != _NOT_FOUND:
            raise error.told() from error
    return None
