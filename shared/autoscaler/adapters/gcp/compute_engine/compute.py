"""The Compute port, with Google Compute Engine as the cloud."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.compute_engine.checks import problems
from autoscaler.adapters.gcp.compute_engine.console import lines
from autoscaler.adapters.gcp.compute_engine.ended import ended
from autoscaler.adapters.gcp.compute_engine.launching import Launching
from autoscaler.adapters.gcp.compute_engine.listing import Listing
from autoscaler.adapters.gcp.compute_engine.request import rendered
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.adapters.gcp.refusals import changing, told
from autoscaler.core.seen import Machine
from autoscaler.errors import Problem, UnavailableError
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Answer, Clock, Order

log = logging.getLogger(__name__)

_CALL = 20.0


class Gce:
    """Machines of one deployment; `specs` by the key of the resource ("autoscaler/resource")."""

    def __init__(self, deployment: str, specs: Mapping[str, GceSpec], clock: Clock) -> None:
        self._deployment, self._specs, self._clock = deployment, specs, clock
        self._listing = Listing(deployment)
        self._launching = Launching(self._listing, clock)
        self._homes: dict[str, tuple[Access, str]] = {}

    def render(self, order: Order) -> str:
        return rendered(order, self._spec(order))

    def launch(self, order: Order, request: str) -> Answer:
        return self._launching.launch(order, request, self._spec(order))

    def machines(self) -> Sequence[Machine]:
        """What powered itself off is deleted on the way: its disk would be paid for ever."""
        found: dict[str, Machine] = {}
        homes: dict[str, tuple[Access, str]] = {}
        for access, zones in self._places():
            here = self._listing.read(access)
            homes |= {one.instance_id: (access, one.zone) for one in here}
            for machine in here:
                if machine.state == "gone":
                    self._sweep(access, machine)
            now = self._clock.now()
            for zone in zones:
                over = ended(access, self._deployment, zone, now)
                found |= {one.instance_id: one for one in over}
            found |= {one.instance_id: one for one in here}
        self._homes = homes
        return list(found.values())

    def drain(self, instance_id: str, nonce: str) -> None:
        for access, zone in self._home(instance_id):
            with told(missing_is_fine=True):
                path = f"zones/{zone}/instances/{instance_id}"
                metadata = access.read(path, fields="metadata").get("metadata", {})
                wanted = _with_order(metadata, nonce)
                if wanted is not None:
                    _set_metadata(access, zone, instance_id, wanted)

    def terminate(self, instance_id: str) -> None:
        for access, zone in self._home(instance_id):
            _delete(access, zone, instance_id)

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        for access, zone in self._home(instance_id):
            lives = self._lives(instance_id, access) if follow else None
            yield from lines(access, zone, instance_id, lives)

    def preflight(self) -> Sequence[Problem]:
        return problems(self._specs)

    def _spec(self, order: Order) -> GceSpec | None:
        return self._specs.get(f"{order.autoscaler}/{order.resource}")

    def _places(self) -> Sequence[tuple[Access, Sequence[str]]]:
        """Each project once, with the zones in which its machines may have been."""
        found: dict[int, tuple[Access, dict[str, None]]] = {}
        for spec in self._specs.values():
            _, zones = found.setdefault(id(spec.access), (spec.access, {}))
            zones |= dict.fromkeys(spec.section.places)
        return [(access, list(zones)) for access, zones in found.values()]

    def _home(self, instance_id: str) -> Iterator[tuple[Access, str]]:
        """Where a machine with our label, and a name that we give, is."""
        if instance_id not in self._homes:
            for access, _ in self._places():
                if found := self._listing.find(access, instance_id):
                    self._homes[instance_id] = (access, found.zone)
                    break
        if instance_id in self._homes:
            yield self._homes[instance_id]

    def _sweep(self, access: Access, machine: Machine) -> None:
        """Only what is ours by its name. Whoever may only look leaves it to the next who may."""
        if not machine.token:
            return
        try:
            _delete(access, machine.zone, machine.instance_id)
        except UnavailableError as error:
            told_of = {"instance_id": machine.instance_id, "error": str(error)}
            log.warning("remains_not_deleted", extra=told_of)

    def _lives(self, instance_id: str, access: Access) -> Callable[[], bool]:
        def lives() -> bool:
            found = self._listing.find(access, instance_id)
            return found is not None and found.state == "living"

        return lives


def _with_order(metadata: Mapping[str, Any], nonce: str) -> dict[str, Any] | None:
    """The metadata with this drain order, or None where it says so already."""
    items = [dict(each) for each in metadata.get("items", [])]
    others = [each for each in items if each["key"] != DRAIN_KEY]
    wanted = [*others, {"key": DRAIN_KEY, "value": nonce}] if nonce else others
    if wanted == items:
        return None
    return {"fingerprint": metadata.get("fingerprint", ""), "items": wanted}


def _set_metadata(access: Access, zone: str, name: str, wanted: Mapping[str, Any]) -> None:
    """Over what was read: where somebody else was faster, the next look tries again."""
    from google.cloud.compute_v1 import Items, Metadata  # noqa: PLC0415  dear

    items = [Items(key=each["key"], value=each.get("value", "")) for each in wanted["items"]]
    with changing("instances.setMetadata"):
        access.instances.set_metadata_unary(
            project=access.project,
            zone=zone,
            instance=name,
            metadata_resource=Metadata(fingerprint=wanted["fingerprint"], items=items),
            retry=None,
            timeout=_CALL,
        )


def _delete(access: Access, zone: str, name: str) -> None:
    """Its operation is not waited for: the end is seen by looking."""
    with told(missing_is_fine=True), changing("instances.delete"):
        access.instances.delete_unary(
            project=access.project, zone=zone, instance=name, retry=None, timeout=_CALL
        )
