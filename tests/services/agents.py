"""The agents on the machines: they register, pull, work and end, as a story tells them."""

from collections.abc import Mapping

from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Machine
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Cloud


class Agents:
    """One agent per machine (or per slot). `hands` holds the task of each, told or not."""

    def __init__(self, deployment: Deployment, clearml: ClearML, cloud: Cloud) -> None:
        self._deployment = deployment
        self._clearml = clearml
        self._cloud = cloud
        self._queues: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, str | None] = {}
        self.hands: dict[str, str] = {}
        self.mute: set[str] = set()

    def register(self) -> None:
        """The agents of living machines come up."""
        for machine in self._cloud.living():
            for worker in self._workers(machine):
                if worker not in self._told:
                    self._queues[worker] = self._watched(machine)
                    self._told[worker] = None
        self.report()

    def report(self) -> None:
        """Every agent that lives says what it does."""
        living = {m.worker for m in self._cloud.living()}
        for worker, task in self._told.items():
            if worker in self.mute or _machine_of(worker, living) is None:
                continue
            known = {queue.id for queue in self._clearml.queues.all()}
            queues = [queue for queue in self._queues[worker] if queue in known]
            self._clearml.workers.report(worker, user=self._clearml.user, task=task, queues=queues)

    def pop(self, worker: str) -> str:
        """The agent takes a task and has not told anybody yet."""
        for queue in self._queues[worker]:
            if entry := self._clearml.queues.pop(queue):
                self.hands[worker] = entry.task
                return entry.task
        return ""

    def begin(self, worker: str) -> None:
        """The agent reports the task that it took, if it took one."""
        self._start(worker)
        self.report()

    def work(self) -> None:
        """Every idle agent pulls a task and begins it."""
        living = {m.worker for m in self._cloud.living()}
        for worker in self._told:
            if worker not in self.hands and _machine_of(worker, living):
                self.pop(worker)
            self._start(worker)
        self.report()

    def finish(self) -> None:
        """Every task that runs comes to its end."""
        for worker in list(self.hands):
            self.finish_one(worker)

    def finish_one(self, worker: str) -> None:
        self._clearml.tasks.completed(self.hands.pop(worker))
        self._told[worker] = None
        self.report()

    def busy(self, worker: str) -> bool:
        """What a guard knows: whether an agent of its machine holds a task."""
        return any(_machine_of(agent, {worker}) for agent in self.hands)

    @property
    def running(self) -> Mapping[str, str]:
        """Tasks by worker, as far as ClearML was told."""
        return {worker: task for worker, task in self._told.items() if task}

    def _start(self, worker: str) -> None:
        if task := self.hands.get(worker):
            self._clearml.tasks.started(task)
            self._told[worker] = task

    def _workers(self, machine: Machine) -> list[str]:
        resource = self._deployment.by_key.get(f"{machine.autoscaler}/{machine.resource}")
        slots = resource.slots if resource else 1
        return [machine.worker] + [f"{machine.worker}:{slot}" for slot in range(1, slots)]

    def _watched(self, machine: Machine) -> tuple[str, ...]:
        resource = self._deployment.by_key[f"{machine.autoscaler}/{machine.resource}"]
        found = (self._clearml.queues.find(ref) for ref in resource.queues)
        return tuple(queue.id for queue in found if queue)


def _machine_of(worker: str, machines: set[str]) -> str | None:
    """The first worker of the machine that runs this one."""
    base, _, slot = worker.rpartition(":")
    return worker if worker in machines else base if slot.isdigit() and base in machines else None
