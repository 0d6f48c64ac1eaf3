"""What each call does."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.adapters.gcp.compute_engine.fake.cloud import CallError, Cloud
from tests.adapters.gcp.compute_engine.fake.machines import Box
from tests.adapters.gcp.compute_engine.fake.masks import fits

Names = Mapping[str, str]
_NAME = re.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_VALUE, _ALL = 262_144, 524_288


def insert(cloud: Cloud, names: Names, query: Names, body: dict[str, Any]) -> dict[str, Any]:
    _check(cloud, names["zone"], body)
    trouble = cloud.trouble("compute.instances.insert")
    if trouble and not (trouble.lands or trouble.failing):
        raise CallError(trouble.status, trouble.reason, trouble.message)
    code = trouble.reason if trouble and trouble.failing else ""
    doing = cloud.insert(names["zone"], body, query.get("requestId", ""), code)
    if trouble and trouble.lands:
        raise CallError(trouble.status, trouble.reason, trouble.message)
    return doing.described()


def _check(cloud: Cloud, zone: str, body: Mapping[str, Any]) -> None:
    """What Google looks at before anything else."""
    if zone not in cloud.zones:
        raise CallError(404, "notFound", f"Zone '{zone}' was not found")
    for link in (body["machineType"], *_images(body)):
        if link in cloud.absent or link.rpartition("/")[2] in cloud.absent:
            raise CallError(404, "notFound", f"The resource '{link}' was not found")
    if not _NAME.fullmatch(body["name"]):
        raise CallError(400, "invalid", f"Invalid value for field 'resource.name': {body['name']}")
    items = body.get("metadata", {}).get("items", [])
    sizes = [len(each["value"].encode()) for each in items]
    if max(sizes, default=0) > _VALUE or sum(sizes) > _ALL:
        raise CallError(400, "invalid", "Metadata is larger than Google takes")
    for key, value in body.get("labels", {}).items():
        if not re.fullmatch("[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(
            "[a-z0-9_-]{0,63}", value
        ):
            raise CallError(400, "invalid", f"Invalid label {key}={value}")
    _check_scheduling(body)


def _check_scheduling(body: Mapping[str, Any]) -> None:
    scheduling = body.get("scheduling", {})
    spot = scheduling.get("provisioningModel") == "SPOT"
    deletes = "instanceTerminationAction" in scheduling
    if deletes and not (spot or "maxRunDuration" in scheduling):
        raise CallError(400, "invalid", "instanceTerminationAction needs spot or a duration")
    ends = spot or scheduling.get("preemptible") or "guestAccelerators" in body
    if ends and scheduling.get("onHostMaintenance") != "TERMINATE":
        raise CallError(400, "invalid", "onHostMaintenance has to be TERMINATE")


def _images(body: Mapping[str, Any]) -> list[str]:
    disks = body.get("disks", [])
    named = [disk.get("initializeParams", {}).get("sourceImage") for disk in disks]
    return [each for each in (*named, body.get("sourceMachineImage")) if each]


def aggregated(cloud: Cloud, _: Names, query: Names, __: Any) -> dict[str, Any]:
    page, more = _paged(cloud, _fitting(cloud, query), query)
    items: dict[str, Any] = {
        f"zones/{zone}": {"warning": {"code": "NO_RESULTS_ON_PAGE"}} for zone in cloud.zones
    }
    for box in page:
        scope = items[f"zones/{box.zone}"]
        scope.pop("warning", None)
        scope.setdefault("instances", []).append(box.described(cloud.now()))
    found = {"kind": "compute#instanceAggregatedList", "items": items, **more}
    return found | ({"unreachables": cloud.unreachable} if cloud.unreachable else {})


def listed(cloud: Cloud, names: Names, query: Names, _: Any) -> dict[str, Any]:
    here = [box for box in _fitting(cloud, query) if box.zone == names["zone"]]
    page, more = _paged(cloud, here, query)
    items = [box.described(cloud.now()) for box in page]
    return {"kind": "compute#instanceList", "items": items, **more}


def _fitting(cloud: Cloud, query: Names) -> list[Box]:
    wanted = query.get("filter", "")
    return [box for box in cloud.listed() if fits(box.described(cloud.now()), wanted)]


def _paged(cloud: Cloud, things: list[Any], query: Names) -> tuple[list[Any], dict[str, str]]:
    first = int(query.get("pageToken", "0"))
    last = first + min(cloud.page, int(query.get("maxResults", "500")))
    return things[first:last], ({"nextPageToken": str(last)} if last < len(things) else {})


def get(cloud: Cloud, names: Names, _: Names, __: Any) -> dict[str, Any]:
    return _box(cloud, names).described(cloud.now())


def delete(cloud: Cloud, names: Names, _: Names, __: Any) -> dict[str, Any]:
    trouble = cloud.trouble("compute.instances.delete")
    if trouble:
        raise CallError(trouble.status, trouble.reason, trouble.message)
    return cloud.delete(_box(cloud, names)).described()


def set_metadata(cloud: Cloud, names: Names, _: Names, body: dict[str, Any]) -> dict[str, Any]:
    box = _box(cloud, names)
    trouble = cloud.trouble("compute.instances.setMetadata")
    if trouble:
        raise CallError(trouble.status, trouble.reason, trouble.message)
    if body.get("fingerprint") != str(box.fingerprint):
        raise CallError(412, "conditionNotMet", "Supplied fingerprint does not match")
    box.asked["metadata"] = {"items": body.get("items", [])}
    box.fingerprint += 1
    cloud.on_metadata(box)
    return cloud.begin("setMetadata", box).described()


def serial(cloud: Cloud, names: Names, query: Names, _: Any) -> dict[str, Any]:
    text, start = _box(cloud, names).console, int(query.get("start", "0"))
    part = text[start : start + 40]
    end = str(start + len(part))
    kind = "compute#serialPortOutput"
    return {"kind": kind, "contents": part, "start": str(start), "next": end}


def wait(cloud: Cloud, names: Names, _: Names, __: Any) -> dict[str, Any]:
    trouble = cloud.trouble("compute.zoneOperations.wait")
    if trouble:
        raise CallError(trouble.status, trouble.reason, trouble.message)
    return cloud.wait(names["operation"]).described()


def operations(cloud: Cloud, names: Names, query: Names, _: Any) -> dict[str, Any]:
    assert query.get("orderBy") == "creationTimestamp desc", query
    if names["zone"] not in cloud.zones:
        raise CallError(404, "notFound", f"Zone '{names['zone']}' was not found")
    cloud.settle()
    here = [each for each in cloud.operations.values() if each.zone == names["zone"]]
    newest = sorted(here, key=lambda each: each.began, reverse=True)
    found = [told for each in newest if fits(told := each.described(), query.get("filter", ""))]
    page, more = _paged(cloud, found, query)
    return {"kind": "compute#operationList", "items": page, **more}


def thing(cloud: Cloud, names: Names, _: Names, __: Any) -> dict[str, Any]:
    """A type, an image, a subnet: all are there but those that are absent."""
    name = list(names.values())[-1]
    if name in cloud.absent:
        raise CallError(404, "notFound", f"The resource '{name}' was not found")
    return {"name": name}


def region(cloud: Cloud, names: Names, _: Names, __: Any) -> dict[str, Any]:
    quotas = [{"metric": key, "limit": most, "usage": 0.0} for key, most in cloud.limits.items()]
    return {"name": names["region"], "quotas": quotas}


def _box(cloud: Cloud, names: Names) -> Box:
    cloud.settle()
    box = cloud.boxes.get((names["zone"], names["instance"]))
    if box is None:
        raise CallError(404, "notFound", f"The resource '{names['instance']}' was not found")
    return box


Action = Callable[[Cloud, Names, Names, Any], dict[str, Any]]
ACTIONS: dict[str, Action] = {
    "compute.instances.insert": insert,
    "compute.instances.aggregatedList": aggregated,
    "compute.instances.list": listed,
    "compute.instances.get": get,
    "compute.instances.delete": delete,
    "compute.instances.setMetadata": set_metadata,
    "compute.instances.getSerialPortOutput": serial,
    "compute.zoneOperations.list": operations,
    "compute.zoneOperations.wait": wait,
    "compute.machineTypes.get": thing,
    "compute.acceleratorTypes.get": thing,
    "compute.images.get": thing,
    "compute.images.getFromFamily": thing,
    "compute.machineImages.get": thing,
    "compute.subnetworks.get": thing,
    "compute.regions.get": region,
}
