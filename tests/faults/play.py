"""One run: a stage set up from a seed, played to its end or to the first broken promise."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from greenlet import getcurrent

from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.ids import SequenceIds
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.core.fleet import Deployment
from autoscaler.ports import CloudEvent, Message, Ports
from autoscaler.services.poll import Poller
from autoscaler.world.agents import Agents
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Box, Nature, Post, Region
from autoscaler.world.cloud.nature import Chance
from tests.faults.drops import NOTHING, Drop
from tests.faults.errors import Violation
from tests.faults.functions import Functions, Run
from tests.faults.hub import Hub
from tests.faults.ledger import Ledger, MemoryLedger
from tests.faults.news import News
from tests.faults.observer import Observer
from tests.faults.progress import Progress
from tests.faults.scene import QUEUES, Scene, deployment, scene
from tests.faults.story import Story
from tests.faults.wires import Wires
from tests.faults.work import Work

START = datetime(2026, 1, 1, 22, tzinfo=UTC)  # a day ends while it plays
_TICK, _SECOND_POLLER, _POKE_GAP = 60.0, 0.05, 20.0
_AGAIN, _RECEIVES = (30.0, 360.0), 5
_RAGES_ON, _CALM, _PATIENCE, _ENDS_WITHIN = 1800.0, 300.0, 4 * 3600.0, 2700.0
_WATCH = 20.0
_READOPTED = 900.0
MakeLedger = Callable[[Hub, Chance, int], Ledger]
Service = Callable[[Deployment, Ports], Callable[[Any], object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `broken` is the first invariant that did not hold, or ""."""

    seed: int
    rate: float
    hours: float
    broken: str = ""
    what: str = ""
    story: list[str] = field(default_factory=list)
    let_go: int = 0
    killed: int = 0
    leaked: int = 0
    machines: int = 0
    tasks: int = 0


class Play:
    """The real services over the world, on virtual time."""

    def __init__(
        self, played: Scene, rate: float, drop: Drop = NOTHING, made: MakeLedger = MemoryLedger
    ) -> None:
        self.scene = played
        self.drop = drop
        self.rate = rate
        self.deployment = drop.set_up(deployment(played))
        self.hub = Hub(START)
        self.chance = Chance(Random(f"{played.seed}/{rate}"), Nature(rate=rate, **drop.weather))
        self.story = Story(self.hub)
        numbers = count(1)
        self.clearml = ClearML(now=self.hub.now, new_id=lambda: f"t{next(numbers):04d}")
        self.region = Region(self.deployment, self.hub, self.chance)
        self.ledger = made(self.hub, self.chance, played.limit)
        self.post = Post[Message](self.hub, self.chance)
        self.news = News(self.hub, self.chance)
        self.work = Work(self.hub, self.chance, self.clearml, QUEUES, played.end)
        self.functions = Functions(self.hub, self.chance, self.story)
        self.observer = Observer(self.deployment, self.hub, self.story)
        self.observer.lenient = drop.lenient
        self.progress = Progress(
            self.deployment, self.hub, self.clearml, self.ledger, self.observer
        )
        self.agents = Agents(
            self.deployment,
            self.hub,
            self.chance,
            self.clearml,
            self.region,
            self.work,
            replace(drop.guards, there=played.guarded),
        )
        self.ports = self._wired()
        self._listen()
        self._last_tick = -_TICK
        self._pollers = count(1)

    def _wired(self) -> Ports:
        wires = Wires(self.hub, self.chance, self.functions, self.region.land)
        wires.heard = self.observer.heard
        return Ports(
            state=wires.wire("state", self.drop.state(self.ledger)),
            topic=wires.wire("topic", self.drop.topic(self.post)),
            queues=wires.wire("queues", MemoryQueues(self.clearml)),
            workers=wires.wire("workers", MemoryWorkers(self.clearml)),
            tasks=wires.wire("tasks", MemoryTasks(self.clearml)),
            computes={"cloud": wires.wire("cloud", self.drop.compute(self.region))},
            clock=self.hub,
            ids=SequenceIds(),
            notifier=MemoryNotifier(),
        )

    def _listen(self) -> None:
        self.ledger.committed = self.observer.committed
        self.region.started = self._started
        self.region.stopping = self._stopping
        self.region.noticed = self._noticed
        self.region.ended = self._ended
        self.region.ordered = self.agents.ordered
        self.observer.holding = self._holding
        self.observer.requeued = self.work.returns
        self.observer.waiting = self.work.wake
        self.post.deliver = self.deliver
        self.post.published = _published
        self.news.post.deliver = self.watched

    def _started(self, box: Box) -> None:
        self.agents.started(box)
        self.observer.started(box)

    def _stopping(self, box: Box) -> None:
        self.observer.stopping(box)
        self.agents.stopping(box)

    def _noticed(self, box: Box) -> None:
        self.story("machine", box.id, "is to be taken back")
        self.agents.noticed(box)
        self.news.noticed(box)

    def _ended(self, box: Box) -> None:
        self.observer.ended(box)
        self.news.ended(box)

    def _holding(self, box: Box) -> list[tuple[str, float]]:
        slots = self.agents.host(box).slots
        return [(slot.task, slot.popped_at) for slot in slots if slot.task]

    # --- the functions ---

    def tick(self) -> None:
        """The schedule: every minute, and at times twice."""
        self.poll()
        self.news.forged(list(self.observer.alive.values()))
        if self.chance(_SECOND_POLLER):
            self.hub.later(self.chance.random.uniform(0, 5), self.poll)
        self.hub.later(_TICK, self.tick)

    def poll(self) -> None:
        self._last_tick = self.hub.at
        owner = f"poller {next(self._pollers)}"
        poller = Poller(self.deployment, self.ports, owner=owner)
        self.functions.start("poller", poller.tick, self.progress.ticked)

    def deliver(self, message: Message) -> None:
        if message.kind == "poke":
            self._poked()
        elif message.kind == "launch":
            self._handed("launcher", self.drop.launcher, message.id)
        else:
            self._handed("reaper", self.drop.reaper, message.id)

    def watched(self, event: CloudEvent) -> None:
        self._handed("watcher", self.drop.watcher, event)

    def _handed(self, name: str, service: Service, what: Any, receives: int = 1) -> None:
        """What is not done well is handed over again, as a queue does."""
        body = service(self.deployment, self.ports)

        def after(run: Run, answer: Any, well: bool) -> None:
            del run, answer
            if not well and receives < _RECEIVES:
                delay = self.chance.random.uniform(*_AGAIN)
                self.hub.later(delay, lambda: self._handed(name, service, what, receives + 1))

        self.functions.start(name, lambda: body(what), after)

    def _poked(self) -> None:
        if self.hub.at - self._last_tick >= _POKE_GAP:
            self.poll()

    # --- the play ---

    def watch(self) -> None:
        self.progress.watch()
        self.hub.later(_WATCH, self.watch)

    def wipe(self) -> None:
        self.observer.wiped()
        self.ledger.lose()
        self.work.mend_by_hand()
        self.hub.later(_READOPTED, self.work.mend_by_hand)

    def play(self) -> Outcome:
        """Work comes, things go wrong; then no more work comes; then nothing goes wrong."""
        broken, what = "", ""
        try:
            self._acts()
        except Violation as violation:
            broken, what = violation.invariant, violation.what
        story = self.told(what) if broken else []
        return Outcome(
            seed=self.scene.seed,
            rate=self.rate,
            hours=self.hub.at / 3600,
            broken=broken,
            what=what,
            story=story,
            let_go=self.observer.let_go,
            killed=self.observer.killed,
            leaked=sum(box.runs for box in self.observer.alive.values()) if not broken else 0,
            machines=self.observer.machines,
            tasks=self.work.finished,
        )

    def _acts(self) -> None:
        played = self.scene
        self.work.begin()
        self.tick()
        self.watch()
        if played.wiped and self.rate:
            self.hub.later(self.chance.random.uniform(0.2, 0.8) * played.end, self.wipe)
        self.hub.run(played.end + _RAGES_ON)
        self.chance.nature = replace(self.chance.nature, rate=0.0)
        self._enough_money()
        abandoned = played.abandoned and played.guarded
        if abandoned:
            self.functions.on = False
            self.work.withdraw()
        self._rest()
        if not abandoned:
            self.work.check()
        self.progress.at_rest("L4" if abandoned else "L3")

    def _enough_money(self) -> None:
        self.deployment = self.drop.set_up(deployment(replace(self.scene, budgeted=False)))
        self.observer.till.raised(self.deployment)

    def _rest(self) -> None:
        """Until no task is left, and then for as long as an idle machine may live."""
        until = self.hub.at + _PATIENCE
        while self.work.unfinished() and self.hub.at < until:
            self.hub.run(self.hub.at + _CALM)
        self.hub.run(self.hub.at + _ENDS_WITHIN)

    def told(self, what: str) -> list[str]:
        words = tuple(w.strip(",:") for w in what.split() if any(c.isdigit() for c in w))
        return self.story.told(words)


def run(
    seed: int,
    rate: float,
    hours: float,
    drop: Drop = NOTHING,
    made: MakeLedger = MemoryLedger,
) -> Outcome:
    with drop.in_place():
        return Play(replace(scene(seed, hours), **drop.scene), rate, drop, made).play()


def _published(message: Message) -> None:
    run = getcurrent()
    if isinstance(run, Run):
        run.published.add((message.kind, message.id))
