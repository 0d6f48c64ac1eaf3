"""What only resources of ClearML's AWS autoscaler have, as ours."""

from collections.abc import Mapping

from autoscaler.config.ec2_checks import conflicts
from autoscaler.config.ec2_types import has_gpu
from autoscaler.config.importing.result import Result, Tree
from autoscaler.config.importing.source import Said
from autoscaler.config.importing.values import (
    is_true,
    mapping,
    minutes,
    pairs,
    switch,
    text,
    whole,
    words,
)

_SMALLEST_DISK = 80
_TAGGED = ("instance", "volume", "network-interface", "spot-instances-request")
KNOWN = {
    "instance_type", "ami_id", "is_spot",
    "availability_zone", "subnet_id", "cpu_only", "enable_monitoring", "tags", "tag_on",
    "ebs_device_name", "ebs_volume_size", "ebs_volume_type", "ebs_snapshot_id", "key_name",
    "security_group_ids", "extra_configurations", "rollback", "rollback_timeout", "blackout",
}  # fmt: skip


def of_ec2(
    result: Result, tree: Tree, said: Mapping[str, Said], general: Mapping[str, Said]
) -> None:
    result.take(tree, "types", said.get("instance_type"), words)
    _market(result, tree, said)
    _place(result, tree, said)
    _disk(result, tree, said)
    _tags(result, tree, said)
    _spec(result, tree, said, general.get("custom_launch_specification"))


def _market(result: Result, tree: Tree, said: Mapping[str, Said]) -> None:
    result.take(tree, "spot", said.get("is_spot"), switch)
    if is_true(tree, "spot"):
        result.take(tree, "on_demand_fallback", said.get("rollback"), switch)
        result.take(tree, "spot_blackout", said.get("blackout"), minutes)
        if is_true(tree, "on_demand_fallback"):
            result.take(tree, "fallback_after", said.get("rollback_timeout"), minutes)
    result.take(tree, "cpu_only", said.get("cpu_only"), switch)
    types = tree.get("types")
    if types and not any(map(has_gpu, types.value)) and not is_true(tree, "cpu_only"):
        result.put(tree, "cpu_only", Said(value=True, origin=f"{types.origin} has no GPU"))


def _place(result: Result, tree: Tree, said: Mapping[str, Said]) -> None:
    for key, ours, as_ in (
        ("ami_id", "ami", text),
        ("availability_zone", "zones", words),
        ("subnet_id", "subnets", words),
        ("security_group_ids", "security_groups", words),
        ("key_name", "key_pair", text),
    ):
        result.take(tree, ours, said.get(key), as_)


def _disk(result: Result, tree: Tree, said: Mapping[str, Said]) -> None:
    """As ClearML's driver does it: a snapshot sets size and kind; without a size it is 80 GB."""
    device, snapshot = said.get("ebs_device_name"), said.get("ebs_snapshot_id")
    size, kind = said.get("ebs_volume_size"), said.get("ebs_volume_type")
    result.take(tree, "disk.device", device, text)
    result.take(tree, "disk.snapshot", snapshot, text)
    if snapshot and device:
        for ignored in filter(None, (size, kind)):
            result.tell(ignored, "ClearML takes these from the snapshot: it is left out")
        return
    result.take(tree, "disk.size", size, whole)
    result.take(tree, "disk.type", kind, text)
    if device and not size:
        result.put(tree, "disk.size", Said(_SMALLEST_DISK, "ClearML's default"))


def _tags(result: Result, tree: Tree, said: Mapping[str, Said]) -> None:
    result.take(tree, "tags", said.get("tags"), pairs)
    places = said.get("tag_on")
    if places is None:
        return
    known = [name for word in words(places.value) if (name := _tagged(word))]
    if len(known) < len(words(places.value)):
        result.tell(places, f"some of these cannot be tagged: {', '.join(_TAGGED)} can")
    if known:
        result.put(tree, "tag_on", Said(list(dict.fromkeys(known)), places.origin))


def _tagged(word: str) -> str:
    plain = word.strip().lower().replace("_", "-").replace(" ", "-")
    return next((name for name in _TAGGED if name.rstrip("s") == plain.rstrip("s")), "")


def _spec(result: Result, tree: Tree, said: Mapping[str, Said], for_all: Said | None) -> None:
    """Monitoring, then the specification of all resources, then the resource's own."""
    found: Tree = {}
    result.take(found, "watched", said.get("enable_monitoring"), switch)
    spec: dict[str, object] = (
        {"Monitoring": {"Enabled": True}} if is_true(found, "watched") else {}
    )
    origins = [found["watched"].origin] if spec else []
    for name, each in (("all", for_all), ("own", said.get("extra_configurations"))):
        result.take(found, name, each, mapping)
        if name in found:
            spec |= _allowed(result, found[name])
            origins.append(found[name].origin)
    if spec:
        result.put(tree, "launch_spec", Said(spec, ", ".join(origins)))


def _allowed(result: Result, said: Said) -> dict[str, object]:
    """Without what may not be said there."""
    faults = {
        fault.where[1]: fault.remedy
        for fault in conflicts((), {"launch_spec": said.value})
        if fault.where[0] == "launch_spec"
    }
    for key, remedy in faults.items():
        result.tell(Said(None, f"{said.origin}.{key}"), remedy)
    return {key: value for key, value in said.value.items() if key not in faults}
