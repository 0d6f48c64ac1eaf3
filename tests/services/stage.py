"""The whole autoscaler on a stage: real services over the world, a clock that the story moves."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Self

from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.ids import SequenceIds
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.adapters.memory.topic import MemoryTopic
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.core.ledger import DecisionRow, Event, Fence, Instance, Launch, Phase, Ref, Repair
from autoscaler.errors import UnavailableError
from autoscaler.ports import Message, Ports
from autoscaler.services.launch import Launcher
from autoscaler.services.operate import Operator
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Cloud
from tests.services.agents import Agents
from tests.services.line import Line

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)


def resource(name: str = "cpu", **changes: object) -> Resource:
    values: dict[str, object] = {
        "autoscaler": "team",
        "name": name,
        "compute": "cloud",
        "queues": ("cpu",),
        "offerings": (Offering(type="small"),),
        "max_instances": 3,
        "max_idle": 15 * MINUTE,
        "max_spin_up": 30 * MINUTE,
    }
    return Resource.model_validate(values | changes)


def offerings(*types: str) -> tuple[Offering, ...]:
    return tuple(Offering(type=each) for each in types)


def deployment(*resources: Resource, **changes: object) -> Deployment:
    mine = resources or (resource(),)
    values: dict[str, object] = {
        "name": "stage",
        "autoscalers": (Autoscaler(name="team", prefix="dyn", resources=mine),),
    }
    return Deployment.model_validate(values | changes)


class Stage:
    """One deployment over one world. `play` runs a tick, launcher and reaper until all is said."""

    def __init__(
        self, *resources: Resource, wanted: Deployment | None = None, limit: int = 100
    ) -> None:
        self.deployment = wanted or deployment(*resources)
        self.clock = FixedClock(START)
        numbers = count(1)
        self.clearml = ClearML(now=self.clock.now, new_id=lambda: f"{next(numbers):032x}")
        for ref in self.deployment.queue_refs:
            self.clearml.queues.create(ref)
        self.cloud = Cloud(self.deployment, self.clock.now)
        self.agents = Agents(self.deployment, self.clearml, self.cloud)
        self.cloud.busy = self.agents.busy
        self.state = MemoryState(limit=limit)
        self.topic = MemoryTopic()
        self.queues = MemoryQueues(self.clearml)
        self.workers = MemoryWorkers(self.clearml)
        self.tasks = MemoryTasks(self.clearml)
        self.ids = SequenceIds()
        self.notifier = MemoryNotifier()
        self.line = Line()
        self.rewire()

    def rewire(self) -> None:
        """Connect the services to the ports that stand on the stage now."""
        self.ports = Ports(
            state=self.line.wire("state", self.state),
            topic=self.line.wire("topic", self.topic),
            queues=self.line.wire("queues", self.queues),
            workers=self.line.wire("workers", self.workers),
            tasks=self.line.wire("tasks", self.tasks),
            computes={"cloud": self.line.wire("cloud", self.cloud)},
            clock=self.clock,
            ids=self.ids,
            notifier=self.line.wire("notifier", self.notifier),
        )
        self.restart()

    def restart(self, wanted: Deployment | None = None) -> None:
        """Fresh services, as after a crash or with another configuration; the world goes on."""
        self.deployment = wanted or self.deployment
        self.poller = self.another_poller("one")
        self.launcher = Launcher(self.deployment, self.ports)
        self.reaper = Reaper(self.deployment, self.ports)
        self.operator = Operator(self.deployment, self.state, self.clock, self.ids, by="ada")

    def another_poller(self, owner: str) -> Poller:
        return Poller(self.deployment, self.ports, owner=owner)

    # --- the world ---

    def enqueue(self, queue: str = "cpu", tasks: int = 1) -> list[str]:
        found = self.clearml.queues.find(queue)
        assert found
        ids = [self.clearml.tasks.create("work").id for _ in range(tasks)]
        for task in ids:
            self.clearml.tasks.enqueue(task, found.id)
        return ids

    def line_up(self, queue: str = "cpu") -> list[str]:
        """The tasks that wait in the queue, the first in line first."""
        found = self.clearml.queues.find(queue)
        assert found
        return [entry.task for entry in found.entries]

    def waiting(self, queue: str = "cpu") -> int:
        return len(self.line_up(queue))

    def unseen(self) -> Self:
        """Nobody finds a machine by looking: only the cloud's answers tell of it."""
        self.cloud.lag = timedelta(days=1)
        return self

    def break_clearml(self, error: UnavailableError | None) -> None:
        self.queues.broken = self.workers.broken = self.tasks.broken = error

    def lose_the_table(self) -> None:
        self.state.commit(remove=self.state.live())

    # --- the play ---

    def advance(self, by: timedelta) -> None:
        """Time passes, and the agents keep reporting."""
        self.clock.advance(by)
        self.agents.report()

    def tick(self, after: timedelta = NOTHING) -> Tick:
        self.advance(after)
        return self.poller.tick()

    def deliver(self) -> list[Message]:
        """Hand every message that is due to its function, until there is none."""
        delivered: list[Message] = []
        while messages := self.topic.receive(self.clock.now()):
            for message in messages:
                self.hand_over(message)
                delivered.append(message)
        return delivered

    def hand_over(self, message: Message) -> None:
        if message.kind == "launch":
            self.launcher(message.id)
        elif message.kind == "reap":
            self.reaper(message.id)

    def play(self, after: timedelta = NOTHING) -> Tick:
        tick = self.tick(after)
        self.deliver()
        return tick

    def minutes(self, ticks: int) -> None:
        """So many ticks, a minute apart."""
        for _ in range(ticks):
            self.play(MINUTE)

    def order(self, tasks: int = 1) -> Launch:
        """A launch that nobody has called the cloud for."""
        self.enqueue(tasks=tasks)
        self.tick()
        return self.launch()

    def start(self, machines: int = 1, queue: str = "cpu") -> list[Instance]:
        """Machines that are UP, each with a task that runs on it."""
        self.enqueue(queue, machines)
        self.play()
        self.agents.register()
        self.agents.work()
        self.play(MINUTE)
        return self.instances(Phase.UP)

    # --- what stands in the table ---

    def instances(self, *phases: Phase) -> list[Instance]:
        rows = [row for row in self.state.live() if isinstance(row, Instance)]
        return [row for row in rows if not phases or row.phase in phases]

    def phases(self) -> list[Phase]:
        return sorted(row.phase for row in self.instances())

    def instance(self, key: str = "") -> Instance:
        """The row with this key; without one, the only row."""
        (row,) = [row for row in self.instances() if key in ("", row.key)]
        return row

    def launches(self) -> list[Launch]:
        return [row for row in self.state.live() if isinstance(row, Launch)]

    def launch(self) -> Launch:
        (row,) = self.launches()
        return row

    def fence(self) -> Fence:
        row = self.state.read(Ref("fence", self.deployment.name))
        assert isinstance(row, Fence)
        return row

    def repair(self, task: str) -> Repair:
        row = self.state.read(Ref("repair", task))
        assert isinstance(row, Repair)
        return row

    def decision(self, autoscaler: str = "team") -> DecisionRow:
        row = self.state.read(Ref("decision", autoscaler))
        assert isinstance(row, DecisionRow)
        return row

    def did(self, cause: Cause) -> Verdict:
        (verdict,) = [v for v in self.decision().did if v.cause == cause]
        return verdict

    def did_not(self, cause: Cause) -> Verdict:
        (verdict,) = [v for v in self.decision().did_not if v.cause == cause]
        return verdict

    def causes(self) -> set[Cause]:
        """Why the last tick did not do more."""
        return {verdict.cause for verdict in self.decision().did_not}

    def told(self, subject: str | None = None) -> list[Event]:
        """The events so far, oldest first."""
        rows = self.state.history(subject=subject)
        return [row for row in reversed(rows) if isinstance(row, Event)]

    def calls(self) -> list[tuple[str, int, str, tuple[int, ...]]]:
        """What the cloud was asked for: launch, attempt, type and indexes."""
        return [(o.launch, o.attempt, o.offering, o.indexes) for o in self.cloud.calls]


def keys(rows: Iterable[Instance | Launch]) -> set[str]:
    return {row.key for row in rows}
