"""The Compute port over machines of a cloud that are processes of this computer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

from autoscaler.core.seen import Machine
from autoscaler.errors import Problem
from autoscaler.machine.startup import StartupSpec, render_startup
from autoscaler.ports import Answer, Clock, Known, Launched, Order, Refused
from tests.e2e.machine.cloud import CloudMachine, metadata_of


class _Granted(NamedTuple):
    request: str
    machines: tuple[CloudMachine, ...]


class Site:
    """A cloud's machines, whoever ordered them. At the end of the block all are off."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owners: dict[str, str] = {}
        self.machines: dict[str, CloudMachine] = {}
        self.granted: dict[str, _Granted] = {}
        self.lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for machine in self.machines.values():
            machine.close()


class Sandbox:
    """`specs` by the key of the resource. `hop_limit`: of the machines on EC2."""

    def __init__(
        self,
        site: Site,
        deployment: str,
        specs: Mapping[str, StartupSpec],
        clock: Clock,
        *,
        hop_limit: int = 1,
    ) -> None:
        self._site, self._deployment = site, deployment
        self._specs, self._clock, self._hop_limit = specs, clock, hop_limit

    def render(self, order: Order) -> str:
        spec = self._specs.get(f"{order.autoscaler}/{order.resource}")
        script = spec and render_startup(spec, resource=order.resource, queue_ids=order.queue_ids)
        return json.dumps({"order": order.model_dump(mode="json"), "script": script})

    def launch(self, order: Order, request: str) -> Answer:
        with self._site.lock:
            known = self._site.granted.get(order.token)
            if known and known.request != request:
                return Known(detail="the token was used with another request")
            spec = self._specs.get(f"{order.autoscaler}/{order.resource}")
            if spec is None or request != self.render(order):
                return Refused(
                    code="RequestChanged", detail="not the configured one", operator=True
                )
            if known is None:
                started = [self._start(order, spec, at) for at, _ in enumerate(order.indexes)]
                known = _Granted(request, tuple(started))
                self._site.granted[order.token] = known
        return Launched(machines=tuple(_listed(machine) for machine in known.machines))

    def machines(self) -> Sequence[Machine]:
        return [_listed(one) for one in tuple(self._site.machines.values()) if self._owns(one)]

    def drain(self, instance_id: str, nonce: str) -> None:
        machine = self._ours(instance_id)
        if machine:
            machine.order(nonce)

    def terminate(self, instance_id: str) -> None:
        machine = self._ours(instance_id)
        if machine:
            machine.lose("terminated")

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:  # noqa: ARG002 - what is there is enough
        machine = self._ours(instance_id)
        return machine.lines() if machine else iter(())

    def preflight(self) -> Sequence[Problem]:
        return []

    def _ours(self, instance_id: str) -> CloudMachine | None:
        machine = self._site.machines.get(instance_id)
        return machine if machine and self._owns(machine) else None

    def _owns(self, machine: CloudMachine) -> bool:
        return self._site.owners[machine.born.instance_id] == self._deployment

    def _start(self, order: Order, spec: StartupSpec, position: int) -> CloudMachine:
        born = self._born(order, spec, position)
        metadata = metadata_of(born, spec.source, self._hop_limit)
        machine = CloudMachine(self._site.folder, born, metadata)
        self._site.owners[born.instance_id] = self._deployment
        self._site.machines[born.instance_id] = machine
        machine.start(spec)
        return machine

    def _born(self, order: Order, spec: StartupSpec, position: int) -> Machine:
        digest = sha256(f"{order.token} {position}".encode()).hexdigest()[:17]
        identity = f"{'i' if spec.source == 'ec2' else order.resource}-{digest}"
        now = self._clock.now()
        return order.born(position, identity, prefix=spec.prefix, slots=spec.slots, at=now)


def _listed(machine: CloudMachine) -> Machine:
    return machine.born.model_copy(update={"state": machine.state, "detail": machine.why})
