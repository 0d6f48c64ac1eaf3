"""The whole request for an order, as JSON that anyone can read and compare."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from autoscaler.adapters.gcp.compute_engine.labels import REQUEST, machine_labels, owner_labels
from autoscaler.adapters.gcp.compute_engine.names import name_of, request_id
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.config import GcePurchase
from autoscaler.config.gce_fields import is_machine_image, region_of
from autoscaler.config.gce_types import gpus
from autoscaler.config.gcp import scope_url
from autoscaler.errors import ConfigError
from autoscaler.machine.startup import packed_script, render_startup
from autoscaler.ports import Order

_DEFAULT_NETWORK = "global/networks/default"


def rendered(order: Order, spec: GceSpec | None) -> str:
    """Canonical JSON: where, the machines' names, and what is sent for each of them.

    Or `problem`, where no request can be made. Raises UnavailableError when nobody says in which
    project.
    """
    purchase = spec.purchases.get(order.offering) if spec else None
    if spec is None or purchase is None:
        return _text({"problem": f"{order.offering} is not in the configuration any more"})
    try:
        return _text(_document(order, spec, purchase))
    except ConfigError as error:
        return _text({"problem": str(error)})


def _document(order: Order, spec: GceSpec, purchase: GcePurchase) -> dict[str, Any]:
    request = body(order, spec, purchase)
    names = [name_of(order, position) for position in range(len(order.indexes))]
    digest = sha256(_text({"names": names, "request": request}).encode()).hexdigest()[:32]
    request["labels"][REQUEST] = digest
    return {
        "action": "instances.insert",
        "project": spec.access.project,
        "zone": purchase.zone,
        "machines": {
            name: request_id(order, position, digest) for position, name in enumerate(names)
        },
        "request": request,
    }


def body(order: Order, spec: GceSpec, purchase: GcePurchase) -> dict[str, Any]:
    """A machine in the words of instances.insert, but for its name."""
    section = spec.section
    found: dict[str, Any] = {
        "description": f"{spec.startup.prefix}:{order.resource}",
        "machineType": f"zones/{purchase.zone}/machineTypes/{purchase.type}",
        "labels": machine_labels(order, spec),
        "metadata": {"items": _metadata(order, spec)},
        "networkInterfaces": [_interface(spec, purchase)],
        "scheduling": _scheduling(spec, purchase),
        "serviceAccounts": [
            {
                "email": spec.gcp.service_account or "default",
                "scopes": [scope_url(scope) for scope in spec.gcp.scopes],
            }
        ],
    }
    if is_machine_image(section.machine_image):
        found["sourceMachineImage"] = section.machine_image
    else:
        found["disks"] = [_boot_disk(order, spec, purchase), *_local_disks(spec, purchase)]
    if section.gpu_type:
        kind = f"zones/{purchase.zone}/acceleratorTypes/{section.gpu_type}"
        attached = {"acceleratorType": kind, "acceleratorCount": section.gpu_count}
        found["guestAccelerators"] = [attached]
    if section.network_tags:
        found["tags"] = {"items": list(section.network_tags)}
    if shielded := section.shielded:
        found["shieldedInstanceConfig"] = {
            "enableSecureBoot": shielded.secure_boot,
            "enableVtpm": shielded.vtpm,
            "enableIntegrityMonitoring": shielded.integrity_monitoring,
        }
    return merged(found, section.launch_spec)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The base with `more` over it: mappings key by key, everything else replaced."""
    whole = dict(base)
    for key, value in more.items():
        known = whole.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        whole[key] = merged(known, value) if isinstance(known, dict) and both else value
    return whole


def _metadata(order: Order, spec: GceSpec) -> list[dict[str, str]]:
    script = render_startup(spec.startup, resource=order.resource, queue_ids=order.queue_ids)
    items = {
        **spec.gcp.metadata,
        **spec.section.metadata,
        "startup-script": packed_script(script),
    }
    return [{"key": key, "value": value} for key, value in sorted(items.items())]


def _interface(spec: GceSpec, purchase: GcePurchase) -> dict[str, Any]:
    section, found = spec.section, dict[str, Any]()
    if section.network or not section.subnet:
        found["network"] = section.network or _DEFAULT_NETWORK
    if subnet := section.subnet:
        here = f"regions/{region_of(purchase.zone)}/subnetworks/{subnet}"
        found["subnetwork"] = subnet if "/" in subnet else here
    if section.external_ip:
        found["accessConfigs"] = [{"name": "External NAT", "type": "ONE_TO_ONE_NAT"}]
    return found


def _scheduling(spec: GceSpec, purchase: GcePurchase) -> dict[str, Any]:
    """What ended stays so; what Google takes back, or ends at its hour, is gone."""
    section, spot = spec.section, purchase.market == "spot"
    found: dict[str, Any] = {"automaticRestart": False}
    if spot or section.gpu_type or gpus(purchase.type) == "built in":
        found["onHostMaintenance"] = "TERMINATE"
    if spot and section.spot_model == "preemptible":
        return {**found, "preemptible": True}
    if spot:
        found["provisioningModel"] = "SPOT"
    if section.max_run_duration:
        found["maxRunDuration"] = {"seconds": str(int(section.max_run_duration.total_seconds()))}
    if spot or section.max_run_duration:
        found["instanceTerminationAction"] = "DELETE"
    return found


def _boot_disk(order: Order, spec: GceSpec, purchase: GcePurchase) -> dict[str, Any]:
    disk = spec.section.disk
    made: dict[str, Any] = {
        "sourceImage": spec.section.machine_image,
        "labels": owner_labels(order, spec),
    }
    found: dict[str, Any] = {"boot": True, "autoDelete": True, "initializeParams": made}
    if disk is None:
        return found
    made["diskType"] = f"zones/{purchase.zone}/diskTypes/{disk.type}"
    told = {
        "diskSizeGb": disk.size,
        "provisionedIops": disk.iops,
        "provisionedThroughput": disk.throughput,
    }
    made |= {key: str(value) for key, value in told.items() if value is not None}
    if disk.kms_key:
        found["diskEncryptionKey"] = {"kmsKeyName": disk.kms_key}
    return found


def _local_disks(spec: GceSpec, purchase: GcePurchase) -> list[dict[str, Any]]:
    kind = f"zones/{purchase.zone}/diskTypes/local-ssd"
    one = {
        "type": "SCRATCH",
        "autoDelete": True,
        "interface": "NVME",
        "initializeParams": {"diskType": kind},
    }
    return [one] * spec.section.local_ssds


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
