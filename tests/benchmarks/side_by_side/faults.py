"""What goes wrong once: how many machines each side starts for it, and what becomes of the tasks.

Three tasks and at most three machines, where nothing else is said.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.errors import UnavailableError
from autoscaler.ports import Message
from autoscaler.services.poll import Poller
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.run import Pace, Run, simulated
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Task, Workload, workload
from autoscaler.world.agents import Slot
from tests.benchmarks.peer import DEFAULT, TUNED, Client, Driver, Peer, Settings
from tests.benchmarks.side_by_side.sides import served

_HOURS_4 = 4 * 3600.0
_NEVER = 1e9
_UNLISTED = 600.0
_LOOK = 5.0


@dataclass(frozen=True, slots=True)
class Happened:
    """`left`: machines that still cost money four hours after anything last happened."""

    machines: int
    hours: float
    done: int
    left: int


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    tasks: int
    ours: Happened
    peer: Happened

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scene:
    """What goes wrong.

    `breaks`: ClearML answers one request with an HTTP 500 then. `dies`: the first agent without
    work does. `refused`: offerings that there are none of. `settings`: the peer's; where it polls
    every five minutes, machines are up before it looks again.
    """

    what: str
    boot_s: float = 420.0
    tasks: tuple[tuple[float, float], ...] = ((10.0, 600.0),) * 3
    most: int = 3
    resources: tuple[str, ...] = ("gpu",)
    processes: int = 1
    breaks: float | None = None
    dies: bool = False
    refused: dict[str, int] = field(default_factory=dict)
    settings: Settings = TUNED

    def workload(self) -> Workload:
        tasks = (Task(str(n), "gpu", at, length) for n, (at, length) in enumerate(self.tasks))
        return workload("fault", tasks)

    def models(self) -> Models:
        return Models(
            boot=Boot(self.boot_s, self.boot_s * 1.46),
            patience_s=_HOURS_4,
            settle_s=_HOURS_4,
            capacity=dict(self.refused),
        )

    def deployment(self) -> Deployment:
        resources = tuple(
            Resource(
                autoscaler="team",
                name=name,
                compute="cloud",
                queues=("gpu",),
                offerings=(Offering(type=f"{name}.large", hourly_price=1.0),),
                max_instances=self.most,
                max_idle=timedelta(minutes=15),
                max_spin_up=timedelta(minutes=30),
            )
            for name in self.resources
        )
        team = Autoscaler(name="team", prefix="dynamic_aws", resources=resources)
        return Deployment(name="benchmark", autoscalers=(team,))


SCENES: Final = (
    Scene("one HTTP 500 of ClearML's while machines boot", breaks=290.0),
    Scene("two processes run by mistake", processes=2),
    Scene("an image whose agent never registers", boot_s=_NEVER),
    Scene(
        "an agent without work dies; a task comes two hours later",
        boot_s=180.0,
        tasks=((10.0, 120.0), (7200.0, 120.0)),
        most=1,
        dies=True,
        settings=DEFAULT,
    ),
    Scene(
        "the first of two resources has no capacity",
        boot_s=180.0,
        resources=("first", "second"),
        refused={"first.large:on-demand": 0},
    ),
)


def play(scene: Scene) -> Fault:
    return Fault(scene.what, len(scene.tasks), _ours(scene), _peer(scene))


def _ours(scene: Scene) -> Happened:
    stage = Stage(simulated(scene.deployment()), scene.workload(), scene.models(), seed=1)
    run = _Run(stage, scene.processes)
    return _happened(stage, scene, run.fails, run.play)


def _peer(scene: Scene) -> Happened:
    wanted = scene.deployment()
    stage = Stage(wanted, scene.workload(), scene.models(), seed=1, guarded=False)
    client = Client(stage)
    peers = [
        Peer(stage.hub, client, Driver(stage), scene.settings, served(wanted, scene.most))
        for _ in range(scene.processes)
    ]

    def played() -> None:
        for peer in peers:
            peer.begin()
        while not stage.is_over:
            stage.advance(60)
        for peer in peers:
            peer.end()

    return _happened(stage, scene, client.fail_once, played)


def _happened(
    stage: Stage, scene: Scene, fails: Callable[[], object], played: Callable[[], object]
) -> Happened:
    if scene.breaks is not None:
        stage.hub.later(scene.breaks, fails)
    if scene.dies:
        stage.hub.later(_LOOK, partial(_die, stage, set()))
    played()
    left, outcome = stage.meter.living, stage.outcome()
    return Happened(outcome.launches, round(outcome.machine_hours, 1), outcome.finished, left)


def _die(stage: Stage, worked: set[Slot]) -> None:
    """The first agent that has worked and has nothing to do."""
    for slot in stage.agents.slots:
        if slot.task:
            worked.add(slot)
        elif slot in worked:
            slot.kill()
            user = stage.clearml.user
            unlist = partial(stage.clearml.workers.unregister, slot.worker, user=user)
            stage.hub.later(_UNLISTED, unlist)
            return
    stage.hub.later(_LOOK, partial(_die, stage, worked))


class _Run(Run):
    """Ours, with as many pollers and launchers as there are processes."""

    def __init__(self, stage: Stage, processes: int) -> None:
        super().__init__(stage, Pace(skips=False), lambda _: None)
        self._others = [
            Poller(stage.deployment, self._ports, owner=f"another {number}")
            for number in range(1, processes)
        ]
        self._reads: Any = self._ports.queues

    def fails(self) -> None:
        self._reads.broken = UnavailableError("HTTP 500")

    def _tick(self) -> bool:
        living = super()._tick()
        self._reads.broken = None
        return any([living, *(poller.tick().living for poller in self._others)])

    def _handed_over(self, message: Message) -> None:
        for _ in range(1 + len(self._others)):
            super()._handed_over(message)
