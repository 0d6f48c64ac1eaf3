"""Mistakes between the keys of a resource of Compute Engine, from what was written."""

from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.config.cloud_checks import listed, on_slots, on_spot, on_types
from autoscaler.config.faults import Fault, Where, shown
from autoscaler.config.gce_fields import region_of, subnet_region, zones_of
from autoscaler.config.gce_types import architecture, custom, gpus

_STEP, _MOST_CUSTOM = 256, 1_000_000  # MiB

# what the autoscaler itself says of every launch
_OURS = {
    "canIpForward": "a worker forwards nothing",
    "deletionProtection": "the autoscaler ends its machines",
    "description": "it tells the worker's name",
    "disks": "write disk and local_ssds",
    "guestAccelerators": "write gpu_type and gpu_count",
    "labels": "write labels",
    "machineType": "write types",
    "metadata": "write metadata, or machine: init_script",
    "name": "it is what keeps a launch from happening twice",
    "networkInterfaces": "write network, subnet and external_ip",
    "serviceAccounts": "write gcp: {service_account: ADDRESS, scopes: [...]}",
    "shieldedInstanceConfig": "write shielded",
    "sourceMachineImage": "write machine_image",
    "status": "a machine starts at once",
    "tags": "write network_tags",
    "zone": "write zones",
}
_SCHEDULING = {
    "automaticRestart": "a machine that ended must stay so",
    "instanceTerminationAction": "what Google takes back must be gone",
    "maxRunDuration": "write max_run_duration",
    "preemptible": "write spot",
    "provisioningModel": "write spot",
    "terminationTime": "write max_run_duration",
}


def conflicts(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    types = [each for each in listed(raw, "types") if isinstance(each, str)]
    yield from _types(where, types)
    yield from _processors(where, raw, types)
    yield from _place(where, raw)
    yield from on_spot(where, raw, "spot_model")
    yield from on_slots(where, raw)
    yield from _image(where, raw)
    if raw.get("spot_model") == "preemptible" and raw.get("max_run_duration"):
        remedy = "preemptible machines end after 24 hours by themselves: write spot_model: spot"
        yield Fault((*where, "max_run_duration"), shown(raw["max_run_duration"]), remedy)
    yield from _spec(where, raw)


def _types(where: Where, types: list[str]) -> Iterator[Fault]:
    yield from on_types(where, types, architecture)
    for i, each in enumerate(types):
        if made := custom(each):
            yield from _custom((*where, "types", i), each, *made)


def _custom(where: Where, type: str, cpus: int, memory: int) -> Iterator[Fault]:
    if cpus != 1 and cpus % 2:
        yield Fault(where, type, f"{cpus} vCPUs: a custom type has 1, or an even number")
    if memory % _STEP or memory > _MOST_CUSTOM:
        near = max(_STEP, round(memory / _STEP) * _STEP)
        yield Fault(where, type, f"memory is in MiB, in steps of {_STEP}, like {near}")


def _processors(where: Where, raw: Mapping[str, Any], types: list[str]) -> Iterator[Fault]:
    kind, on_cpu = raw.get("gpu_type"), raw.get("cpu_only") is True
    if on_cpu and raw.get("gpus"):
        yield Fault((*where, "cpu_only"), "true", "gpus are named as well: keep one of the two")
    if on_cpu and kind:
        remedy = "cpu_only is written as well: keep one of the two"
        yield Fault((*where, "gpu_type"), shown(kind), remedy)
        return
    if raw.get("gpu_count") is not None and not kind:
        remedy = "of which kind? Write gpu_type, or leave this out"
        yield Fault((*where, "gpu_count"), shown(raw["gpu_count"]), remedy)
    for i, each in enumerate(types if not on_cpu else ()):
        yield from _gpus((*where, "types", i), each, has_kind=bool(kind))


def _gpus(where: Where, type: str, *, has_kind: bool) -> Iterator[Fault]:
    how = gpus(type)
    if how == "none" and has_kind:
        remedy = "only n1 types take GPUs, others have theirs: write an n1 type, or no gpu_type"
        yield Fault(where, type, remedy)
    elif how == "attached" and not has_kind:
        remedy = "it has no GPU by itself: write gpu_type, or cpu_only: true"
        yield Fault(where, type, remedy)
    elif how == "none" and "-" in type:
        yield Fault(where, type, "it has no GPU: write cpu_only: true, or another type")


def _place(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    zones, region = listed(raw, "zones"), raw.get("region")
    if zones and region:
        yield Fault((*where, "region"), shown(region), "zones are named as well: keep one")
    if not zones and not region:
        yield Fault(
            (*where, "zones"), "", "is missing: write zones: [europe-west4-a], or a region"
        )
    if len(set(map(str, zones))) < len(zones):
        yield Fault((*where, "zones"), "", "one stands here twice: name each once")
    subnet = raw.get("subnet")
    home = subnet_region(subnet.partition("/v1/")[2] or subnet) if isinstance(subnet, str) else ""
    known = [z for z in (zones or _zones(region)) if isinstance(z, str)]
    other = next((zone for zone in known if home and region_of(zone) not in ("", home)), None)
    if other:
        remedy = f"in {home}, but {other} is not: write its name only, if each region has one"
        yield Fault((*where, "subnet"), shown(subnet), remedy)


def _zones(region: object) -> tuple[str, ...]:
    return zones_of(region) if isinstance(region, str) else ()


def _image(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    if "machineImages/" in str(raw.get("machine_image")) and raw.get("disk"):
        remedy = "a machine image has its disks: leave this out, or write an image"
        yield Fault((*where, "disk"), "", remedy)
    disk = raw.get("disk")
    if not isinstance(disk, dict) or str(disk.get("type")).startswith(("hyperdisk", "pd-extreme")):
        return
    for key in ("iops", "throughput"):
        if disk.get(key):
            remedy = "is about hyperdisks: write type: hyperdisk-balanced"
            yield Fault((*where, "disk", key), shown(disk[key]), remedy)


def _spec(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    spec = raw.get("launch_spec")
    if not isinstance(spec, dict):
        return
    for key in spec:
        if key in _OURS:
            yield Fault((*where, "launch_spec", key), "", f"not for here: {_OURS[key]}")
    scheduling = spec.get("scheduling")
    for key in scheduling if isinstance(scheduling, dict) else ():
        if key in _SCHEDULING:
            at = (*where, "launch_spec", "scheduling", key)
            yield Fault(at, "", f"not for here: {_SCHEDULING[key]}")
