"""The whole autoscaler on a stage: real services over the world, a clock that the story moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.ids import SequenceIds
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.adapters.memory.topic import MemoryTopic
from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.core.ledger import DecisionRow, Instance, Launch, Phase, Ref
from autoscaler.ports import Ports
from autoscaler.services.launch import Launcher
from autoscaler.services.operate import Operator
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Cloud

START = datetime(2026, 1, 1, tzinfo=UTC)


def resource(name: str = "cpu", **changes: object) -> Resource:
    values: dict[str, object] = {
        "autoscaler": "team",
        "name": name,
        "compute": "cloud",
        "queues": ("cpu",),
        "offerings": (Offering(type="small"),),
        "max_instances": 3,
        "max_idle": timedelta(minutes=15),
        "max_spin_up": timedelta(minutes=30),
    }
    return Resource.model_validate(values | changes)


def deployment(*resources: Resource, **changes: object) -> Deployment:
    mine = resources or (resource(),)
    values: dict[str, object] = {
        "name": "stage",
        "autoscalers": (Autoscaler(name="team", prefix="dyn", resources=mine),),
    }
    return Deployment.model_validate(values | changes)


class Stage:
    """One deployment over one world. `play` runs ticks, launcher and reaper until all is said."""

    def __init__(self, wanted: Deployment | None = None, **poller: object) -> None:
        self.deployment = wanted or deployment()
        self.clock = FixedClock(START)
        numbers = count(1)
        self.clearml = ClearML(now=self.clock.now, new_id=lambda: f"{next(numbers):032x}")
        for ref in self.deployment.queue_refs:
            self.clearml.queues.create(ref)
        self.cloud = Cloud(self.deployment, self.clock.now)
        self.cloud.busy = self.is_busy
        self.state = MemoryState()
        self.topic = MemoryTopic()
        self.queues = MemoryQueues(self.clearml)
        self.workers = MemoryWorkers(self.clearml)
        self.tasks = MemoryTasks(self.clearml)
        self.ids = SequenceIds()
        self.ports = Ports(
            state=self.state,
            topic=self.topic,
            queues=self.queues,
            workers=self.workers,
            tasks=self.tasks,
            computes={"cloud": self.cloud},
            clock=self.clock,
            ids=self.ids,
        )
        self.poller = self.another_poller("one")
        self.launcher = Launcher(self.deployment, self.ports)
        self.reaper = Reaper(self.deployment, self.ports)
        self.operator = Operator(self.deployment, self.state, self.clock, self.ids, by="ada")

    def another_poller(self, owner: str) -> Poller:
        return Poller(self.deployment, self.ports, owner=owner)

    def enqueue(self, queue: str = "cpu", tasks: int = 1) -> list[str]:
        found = self.clearml.queues.find(queue)
        assert found
        ids = []
        for _ in range(tasks):
            task = self.clearml.tasks.create("work")
            self.clearml.tasks.enqueue(task.id, found.id)
            ids.append(task.id)
        return ids

    def tick(self, after: timedelta = timedelta(0)) -> Tick:
        self.clock.advance(after)
        return self.poller.tick()

    def deliver(self) -> None:
        """Hand every message that is due to its function, until there is none."""
        while messages := self.topic.receive(self.clock.now()):
            for message in messages:
                if message.kind == "launch":
                    self.launcher(message.id)
                elif message.kind == "reap":
                    self.reaper(message.id)

    def play(self, after: timedelta = timedelta(0)) -> Tick:
        tick = self.tick(after)
        self.deliver()
        return tick

    def register(self, *, only: Callable[[str], bool] = lambda _: True) -> None:
        """The agents of living machines come up and report."""
        for machine in self.cloud.living():
            if only(machine.worker) and not self.clearml.workers.find(machine.worker):
                self.clearml.workers.register(machine.worker, user=self.clearml.user)

    def report(self, worker: str, task: str | None = None) -> None:
        self.clearml.workers.report(worker, user=self.clearml.user, task=task)

    def is_busy(self, worker: str) -> bool:
        found = self.clearml.workers.find(worker)
        return bool(found and found.task)

    def instances(self, *phases: Phase) -> list[Instance]:
        rows = [row for row in self.state.live() if isinstance(row, Instance)]
        return [row for row in rows if not phases or row.phase in phases]

    def launches(self) -> list[Launch]:
        return [row for row in self.state.live() if isinstance(row, Launch)]

    def decision(self) -> DecisionRow:
        row = self.state.read(Ref("decision", "team"))
        assert isinstance(row, DecisionRow)
        return row
