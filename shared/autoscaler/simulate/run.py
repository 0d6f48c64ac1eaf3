"""Our side of a stage: the real services, called as their hosts call them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random

from autoscaler.adapters.memory.ids import SequenceIds
from autoscaler.core.fleet import Deployment, changed
from autoscaler.ports import CloudEvent, Message, Ports
from autoscaler.services.announce import Pointers
from autoscaler.services.launch import Launcher
from autoscaler.services.poll import Poller
from autoscaler.services.reap import Reaper
from autoscaler.services.watch import Watcher
from autoscaler.simulate.models import Models
from autoscaler.simulate.outcome import Outcome
from autoscaler.simulate.ports import (
    CLEARML,
    CLOUD,
    TICKS,
    CountedCompute,
    CountedQueues,
    CountedTasks,
    CountedWorkers,
    Table,
    Unheard,
)
from autoscaler.simulate.quiet import Quiet
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Workload
from autoscaler.world.cloud import Box, Nature, Post
from autoscaler.world.cloud.nature import Chance

COMPUTE = "simulated"
_LONGEST = 1440


@dataclass(frozen=True, slots=True)
class Pace:
    """A tick every `every_s` seconds; and while any machine lives, every `fast_s`.

    `fast_s` 0: no ticks in between. `skips`: ticks that would do nothing are counted, not played;
    the outcome is the same.
    """

    every_s: float = 60.0
    fast_s: float = 10.0
    skips: bool = True

    def after(self, at: float, began: float, *, living: bool) -> tuple[float, float]:
        """The next tick after one at `at`, and when the invocation began that plays it."""
        soon = at + self.fast_s
        minute = began + self.every_s
        return (soon, began) if living and self.fast_s and soon < minute else (minute, minute)


Progress = Callable[[Stage], object]


def simulate(
    deployment: Deployment,
    workload: Workload,
    models: Models | None = None,
    seed: int = 1,
    *,
    pace: Pace | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """What the deployment would have done with these tasks; the same arguments, the same outcome.

    `progress` is called after every tick.
    """
    stage = Stage(simulated(deployment), workload, models, seed)
    return Run(stage, pace or Pace(), progress or _nobody).play()


def simulated(deployment: Deployment) -> Deployment:
    """The same deployment, whose machines all start in the simulated region."""
    moved = {"compute": COMPUTE}
    return changed(
        deployment,
        (
            each.model_copy(
                update={"resources": tuple(r.model_copy(update=moved) for r in each.resources)}
            )
            for each in deployment.autoscalers
        ),
    )


class Run:
    """The services on a stage. What they do takes no time; messages take up to a second."""

    def __init__(self, stage: Stage, pace: Pace, progress: Progress) -> None:
        self._stage = stage
        self._hub = stage.hub
        self._pace = pace
        self._progress = progress
        self._calls: Counter[str] = Counter()
        chance = Chance(Random(f"{stage.seed}/post"), Nature(rate=0.0))  # noqa: S311  # repeatable
        self._post = Post[Message](self._hub, chance)
        self._news = Post[CloudEvent](self._hub, chance)
        self._table = Table()
        self._ports = self._wired(self._calls)
        self._quiet = Quiet(stage.deployment, self._hub, self._wired(Counter()))
        self._poller = Poller(stage.deployment, self._ports, owner=COMPUTE)
        self._launcher = Launcher(stage.deployment, self._ports)
        self._reaper = Reaper(stage.deployment, self._ports)
        self._watcher = Watcher(stage.deployment, self._ports)
        self._post.deliver = self._handed_over
        self._news.deliver = self._told
        stage.noticed = self._noticed
        stage.ended = self._ended

    def play(self) -> Outcome:
        at = began = 0.0
        self._hub.run(at)
        while not self._stage.is_over:
            living = self._tick()
            if self._pace.skips:
                at, began = self._skip(at, began, living=living)
            at, began = self._pace.after(at, began, living=living)
            self._hub.run(at)
        return self._stage.outcome(dict(self._calls))

    def _skip(self, at: float, began: float, *, living: bool) -> tuple[float, float]:
        """The last tick of those that would do nothing before the world's next event."""
        coming: list[tuple[float, float]] = []
        end = self._stretch()
        following = self._pace.after(at, began, living=living)
        while len(coming) < _LONGEST and following[0] < end:
            if self._stage.is_over_at(following[0]):
                break
            coming.append(following)
            following = self._pace.after(*following, living=living)
        skipped = self._quiet.ticks([each for each, _ in coming]) if coming else 0
        if not skipped:
            return at, began
        self._quiet.passed(skipped)
        self._calls.update({TICKS: skipped, CLEARML: 2 * skipped, CLOUD: skipped})
        return coming[skipped - 1]

    def _stretch(self) -> float:
        """Until when nothing happens but that time passes."""
        hub = self._hub
        turn = self._quiet.turns(hub.now())
        turns_at = hub.at + (turn - hub.now()).total_seconds() if turn else inf
        return min(turns_at, inf if hub.next_at is None else hub.next_at)

    def _tick(self) -> bool:
        """Look and decide; whether any machine lives."""
        self._calls[TICKS] += 1
        tick = self._poller.tick()
        self._progress(self._stage)
        return tick.living

    def _handed_over(self, message: Message) -> None:
        if message.kind == "launch":
            self._launcher(message.id)
        else:
            self._reaper(message.id)

    def _noticed(self, box: Box) -> None:
        at = self._hub.date((box.taken_at or self._hub.at) - self._hub.at)
        self._news.publish([_event("notice", box, at=at)])

    def _ended(self, box: Box) -> None:
        self._news.publish([_event("ended", box, at=self._hub.now())])

    def _told(self, event: CloudEvent) -> None:
        """The watcher's poke comes at once, and is one tick."""
        self._watcher(event)
        self._tick()

    def _wired(self, calls: Counter[str]) -> Ports:
        stage = self._stage
        return Ports(
            state=self._table,
            topic=Pointers(self._post),
            queues=CountedQueues(stage, calls),
            workers=CountedWorkers(stage, calls),
            tasks=CountedTasks(stage, calls),
            computes={COMPUTE: CountedCompute(stage, calls)},
            clock=self._hub,
            ids=SequenceIds(),
            notifier=Unheard(),
        )


def _event(kind: str, box: Box, *, at: object) -> CloudEvent:
    return CloudEvent.model_validate(
        {
            "kind": kind,
            "compute": COMPUTE,
            "instance_id": box.id,
            "detail": box.machine.detail,
            "at": at,
        }
    )


def _nobody(_: Stage) -> None:
    """Nobody watches."""
