"""Machines as Compute Engine lists them, and those whose end its operations tell of."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.compute_engine.labels import DEPLOYMENT, PREFIX, REQUEST, Told
from autoscaler.adapters.gcp.compute_engine.names import Born
from autoscaler.adapters.gcp.refusals import told
from autoscaler.core.seen import Machine
from autoscaler.errors import UnavailableError
from autoscaler.ports import Order

State = Literal["living", "stopping", "gone"]

# What was switched off keeps its disk, and its bill: it is over all the same.
_STATES: Mapping[str, State] = {
    "PROVISIONING": "living",
    "STAGING": "living",
    "RUNNING": "living",
    "REPAIRING": "living",
    "PENDING": "living",
    "PENDING_STOP": "stopping",
    "STOPPING": "stopping",
    "SUSPENDING": "stopping",
    "DEPROVISIONING": "stopping",
    "SUSPENDED": "stopping",  # somebody may let it go on
    "STOPPED": "gone",
    "TERMINATED": "gone",
}
_FIELDS = "name,status,statusMessage,zone,machineType,scheduling,labels,description"
_MASK = f"{_FIELDS},creationTimestamp"
_WHOLE = "NO_RESULTS_ON_PAGE"


class Listing:
    """Reads the machines that carry the deployment's label, wherever in a project they are."""

    def __init__(self, deployment: str) -> None:
        self.deployment = deployment
        self._ours = f'labels.{DEPLOYMENT}="{deployment}"'

    def read(self, access: Access) -> Sequence[Machine]:
        """All of them. Raises UnavailableError: never a part."""
        with told():
            return [self.machine_of(each) for each in self._listed(access, self._ours)]

    def find(self, access: Access, name: str) -> Machine | None:
        """The one of this name, if it is there and carries our label."""
        if Born.of(self.deployment, name) is None:
            return None
        with told():
            found = self._listed(access, f'(name="{name}") AND ({self._ours})')
            return next((self.machine_of(each) for each in found), None)

    def of_order(self, access: Access, order: Order, zone: str) -> Mapping[str, Mapping[str, Any]]:
        """What stands in a zone of this launch, by name. Raises UnavailableError."""
        wanted = f'(labels.{PREFIX}launch="{order.launch.lower()}") AND ({self._ours})'
        fields = f"items({_MASK}),nextPageToken"
        with told():
            pages = access.pages(f"zones/{zone}/instances", filter=wanted, fields=fields)
            return {each["name"]: each for page in pages for each in page.get("items", [])}

    def machine_of(self, instance: Mapping[str, Any]) -> Machine:
        """One whose name is none that we give, or not for what it says, is nobody's (token "")."""
        name, labels = str(instance["name"]), Told(instance.get("labels", {}))
        born = Born.of(self.deployment, name)
        type, scheduling = _last(instance, "machineType"), instance.get("scheduling", {})
        spot = scheduling.get("provisioningModel") == "SPOT" or scheduling.get("preemptible")
        created = instance.get("creationTimestamp")
        return Machine(
            instance_id=name,
            state=_STATES.get(str(instance.get("status")), "living"),
            autoscaler=labels.text("autoscaler"),
            resource=labels.text("resource"),
            launch=born.launch if born else "",
            attempt=born.attempt if born else 0,
            position=born.position if born else 0,
            token=born.token if born else "",
            type=type,
            zone=_last(instance, "zone"),
            market="spot" if spot else "on-demand",
            worker=f"{instance.get('description', '')}:{type}:{name}",
            queue_ids=labels.queue_ids,
            slots=labels.slots,
            config_hash=labels.text("config"),
            launched_at=datetime.fromisoformat(created) if created else None,
            detail=str(instance.get("statusMessage", "")),
        )

    def _listed(self, access: Access, wanted: str) -> Iterator[Mapping[str, Any]]:
        mask = f"items/*/instances({_MASK}),items/*/warning,nextPageToken,unreachables"
        for page in access.pages("aggregated/instances", filter=wanted, fields=mask):
            if page.get("unreachables"):
                raise UnavailableError(f"not all zones answered: {page['unreachables'][0]}")
            for place, scope in page.get("items", {}).items():
                code = scope.get("warning", {}).get("code", _WHOLE)
                if code != _WHOLE:
                    raise UnavailableError(f"{place} was not listed in full: {code}")
                yield from scope.get("instances", [])


def request_of(instance: Mapping[str, Any]) -> str:
    """Which request it was born of."""
    return str(instance.get("labels", {}).get(REQUEST, ""))


def _last(thing: Mapping[str, Any], key: str) -> str:
    """The name at the end of an address."""
    return str(thing.get(key, "")).rpartition("/")[2]
