"""What only resources of ClearML's GCP autoscaler have, as ours."""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from autoscaler.config.gce_types import gpus
from autoscaler.config.gcp import MetadataKey
from autoscaler.config.importing.result import Result, Tree
from autoscaler.config.importing.source import Said
from autoscaler.config.importing.values import is_true, minutes, pairs, switch, text, whole, words

KNOWN = {
    "instance_type", "ami_id", "is_spot", "provision_model", "availability_zone", "subnet_id",
    "cpu_only", "gpu_type", "gpu_count", "disk_size_gb", "disk_type", "metadata", "tags",
    "service_account_email", "use_default_service_account", "service_account_scopes",
    "rollback", "rollback_timeout", "blackout",
}  # fmt: skip
_KEY = TypeAdapter[str](MetadataKey)
Settings = Mapping[str, Said]


def of_gce(result: Result, tree: Tree, said: Settings, general: Settings) -> None:
    result.take(tree, "types", said.get("instance_type"), words)
    result.take(tree, "machine_image", said.get("ami_id"), text)
    result.take(tree, "zones", said.get("availability_zone") or general.get("gcp_zone"), words)
    result.take(tree, "subnet", said.get("subnet_id") or general.get("gcp_subnet"), text)
    _market(result, tree, said)
    _processors(result, tree, said)
    result.take(tree, "disk.size", said.get("disk_size_gb"), whole)
    result.take(tree, "disk.type", said.get("disk_type"), text)
    result.take(tree, "labels", said.get("tags"), pairs)
    metadata(result, tree, "metadata", said.get("metadata"))
    _account(result, tree, said)


def metadata(result: Result, tree: Tree, path: str, said: Said | None) -> None:
    """Without what the autoscaler says itself, or what may be a secret."""
    found: Tree = {}
    result.take(found, "all", said, pairs)
    if "all" not in found:
        return
    kept = {}
    for key, value in found["all"].value.items():
        try:
            kept[_KEY.validate_python(key)] = value
        except ValidationError as error:
            place = Said(None, f"{found['all'].origin}.{key}")
            result.tell(place, str(error.errors()[0]["msg"]))
    if kept:
        result.put(tree, path, Said(kept, found["all"].origin))


def _market(result: Result, tree: Tree, said: Settings) -> None:
    result.take(tree, "spot", said.get("is_spot"), switch)
    if not is_true(tree, "spot"):
        return
    model = said.get("provision_model")
    if model and "spot" not in str(model.value).lower():
        result.take(tree, "spot_model", model, _model)
    result.take(tree, "on_demand_fallback", said.get("rollback"), switch)
    result.take(tree, "spot_blackout", said.get("blackout"), minutes)
    if is_true(tree, "on_demand_fallback"):
        result.take(tree, "fallback_after", said.get("rollback_timeout"), minutes)


def _model(value: object) -> str:
    if "preempt" not in str(value).lower() and "legacy" not in str(value).lower():
        raise ValueError("write spot or preemptible")
    return "preemptible"


def _processors(result: Result, tree: Tree, said: Settings) -> None:
    """A type with GPUs of its own needs none named; one that can have none gets none."""
    result.take(tree, "cpu_only", said.get("cpu_only"), switch)
    kind, types = said.get("gpu_type"), tree.get("types")
    named = types.value if types else ()
    built_in = bool(named) and all(gpus(each) == "built in" for each in named)
    if kind and (is_true(tree, "cpu_only") or built_in):
        why = "its types have it" if built_in else "with CPU mode nobody sees it"
        result.tell(kind, f"{why}: it is left out")
        return
    if kind:
        result.take(tree, "gpu_type", kind, text)
        result.take(tree, "gpu_count", said.get("gpu_count"), whole)
    elif types and not built_in and not is_true(tree, "cpu_only"):
        result.put(tree, "cpu_only", Said(value=True, origin=f"{types.origin} has no GPU"))


def _account(result: Result, tree: Tree, said: Settings) -> None:
    """The app has one for each resource."""
    email, found = said.get("service_account_email"), Tree()
    result.take(found, "default", said.get("use_default_service_account"), switch)
    if email and is_true(found, "default"):
        result.tell(email, "not used with the default service account: it is left out")
    else:
        result.take(tree, "gcp.service_account", email, text)
    result.take(tree, "gcp.scopes", said.get("service_account_scopes"), words)
