"""Starts and ends machines as ClearML's driver for AWS does: one at a time, waiting for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from autoscaler.core.fleet import Offering
from autoscaler.core.seen import Machine
from autoscaler.simulate.stage import Stage

_PROBE, _PROBES = 15.0, 40


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds. `call`: RunInstances. `pending`: from its answer to the state `running`.

    `pending` was measured at 16.4 to 16.6 s on six instance types (github.com/brevdev,
    ec2-coldboot-research, 2025) and `call` at 1.5 s (Percival, EC2 boot time benchmarking, 2021,
    where `pending` was 4.9 s). The driver's waiter (botocore's) looks every 15 s. `end`: from the
    last look at the worker to the moment at which TerminateInstances has its effect.
    `unlisted`: from there to the moment at which ClearML forgets the worker. That the agent still
    tells ClearML, as it does on SIGTERM, is in the autoscaler's favour: one that dies with its
    network stays listed for 600 s, and counts as idle.
    """

    call: float = 1.5
    pending: float = 16.5
    end: float = 0.5
    unlisted: float = 4.0


class OutOfCapacityError(Exception):
    """As botocore's ClientError: the autoscaler logs it and goes on."""


class Driver:
    """The methods of `CloudDriver` that the autoscaler calls. `sleep` is the autoscaler's own.

    `refused` are resources that the cloud has none of. `launches` are the seconds at which
    machines were started.
    """

    def __init__(self, stage: Stage, latency: Latency | None = None) -> None:
        (autoscaler,) = stage.deployment.autoscalers
        self.prefix = autoscaler.prefix
        self._stage = stage
        self._latency = latency or Latency()
        self._keys = {resource.name: resource.key for resource in autoscaler.resources}
        self._first: Mapping[str, Offering] = {
            resource.name: resource.offerings[0] for resource in autoscaler.resources
        }
        self.sleep: Callable[[float], object] = lambda _: None
        self.refused: set[str] = set()
        self.launches: list[float] = []

    @property
    def types(self) -> dict[str, str]:
        """The instance type of each resource."""
        return {name: offering.type for name, offering in self._first.items()}

    # --- what the autoscaler calls ---

    def kind(self) -> str:
        return "AWS"

    def set_scaler(self, scaler: Any) -> None:
        """It would log by the autoscaler's logger."""

    def spin_up_worker(
        self,
        resource_conf: Mapping[str, str],
        worker_prefix: str,
        queue_name: str,
        task_id: str | None,
    ) -> str:
        del resource_conf, queue_name, task_id
        name = worker_prefix.split(":")[1]
        machine = self._spot(name) if self._first[name].market == "spot" else self._run(name)
        waited = 0.0
        while waited < self._latency.pending:
            self.sleep(_PROBE)
            waited += _PROBE
        return machine.instance_id

    def spin_down_worker(self, instance_id: str) -> None:
        self.sleep(self._latency.end)
        stage = self._stage
        worker = stage.region.boxes[instance_id].machine.worker
        stage.terminate(instance_id)
        unlist = partial(stage.clearml.workers.unregister, worker, user=stage.clearml.user)
        stage.hub.later(self._latency.unlisted, unlist)

    # --- inside ---

    def _run(self, name: str) -> Machine:
        machine = self._start(name)
        self.sleep(self._latency.call)
        if machine is None:
            raise OutOfCapacityError("InsufficientInstanceCapacity")
        return machine

    def _spot(self, name: str) -> Machine:
        """The request is never cancelled: it is fulfilled whenever there is capacity again."""
        self.sleep(self._latency.call)
        for _ in range(_PROBES):
            if machine := self._start(name):
                return machine
            self.sleep(_PROBE)
        self._fulfil(name)
        raise OutOfCapacityError("Waiter SpotInstanceRequestFulfilled failed: max attempts")

    def _fulfil(self, name: str) -> None:
        if self._start(name) is None:
            self._stage.hub.later(_PROBE, lambda: self._fulfil(name))

    def _start(self, name: str) -> Machine | None:
        if name in self.refused:
            return None
        machine = self._stage.start(self._keys[name], self._first[name].key)
        if machine:
            self.launches.append(self._stage.at)
        return machine
