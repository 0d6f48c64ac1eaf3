"""The drain's race: the real agent pulls a task in each window of the guard's way to the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Literal

from autoscaler.hosts.local import Local
from autoscaler.world.clearml.model import Status
from tests.e2e.machine.house import Agent, House, eventually, house

Window = Literal["before stop", "between stop and look", "between look and kill", "after CONT"]
WINDOWS: tuple[Window, ...] = (
    "before stop",
    "between stop and look",
    "after CONT",
    "between look and kill",
)
_POLL = 20.0
_DRAIN = 60.0
_DIES = 1.0  # one that is killed is neither frozen nor gone for some milliseconds
_ENDS = 240.0


@dataclass(slots=True)
class Trial:
    """What happened when, by one clock; 0 is never."""

    task: str = ""
    ordered: float = 0.0
    popped: float = 0.0
    stopped: float = 0.0
    looked: float = 0.0
    killed: float = 0.0
    continued: float = 0.0

    @property
    def window(self) -> Window | None:
        """In which window the pop fell, by the times alone."""
        if self.continued:
            return "after CONT" if self.continued < self.popped else self._frozen
        if self.ordered < self.popped < self.stopped:
            return "before stop"
        if self.killed:
            held = self.stopped < self.looked <= self.popped < self.killed
            return "between look and kill" if held else None
        return self._frozen

    @property
    def _frozen(self) -> Window | None:
        held = self.stopped < self.popped < self.looked
        return "between stop and look" if held else None


class Lane:
    """One queue with one machine, a trial after the other."""

    def __init__(self, house: House, name: str) -> None:
        self._house, self._name = house, name
        self._local = Local(house.local.config)
        self._queue = house.queues[name]
        self._last = ""

    def trials(self, windows: Sequence[Window], told: Callable[[Trial], object]) -> None:
        for window in windows:
            told(self._trial(window))

    def _trial(self, window: Window) -> Trial:
        """Hold the agent's next pop, order the drain, and let the pop through in the window."""
        self._rest()
        agent = self._house.idle_agent(self._local, self._name)
        door = self._house.gate.shut(self._queue)
        trial = Trial()

        def pull() -> None:
            if not trial.task:
                trial.task = self._house.enqueue(self._name)
                door.open()
                trial.popped = door.popped_at

        if not door.waits.wait(_POLL):
            raise TimeoutError(f"{self._name}: its agent does not poll")
        if window == "before stop":
            door.on_look = pull
        elif window == "between look and kill":
            door.on_look = lambda: pull() if agent.frozen else None
        trial.ordered = monotonic()
        self._local.operator("race").drain(agent.instance.key, window)
        self._watch(agent, window, trial, pull)
        trial.looked = door.looked_at
        self._last = trial.task
        self._house.gate.take_away(self._queue)
        return trial

    def _rest(self) -> None:
        """While a popped task is nobody's, no guard of its queue follows an order."""
        tasks = self._house.server.world.tasks
        if self._last and not eventually(
            lambda: tasks.get(self._last).status is Status.COMPLETED, _ENDS, every=0.5
        ):
            raise TimeoutError(f"{self._name}: task {self._last} was not completed")

    def _watch(
        self, agent: Agent, window: Window, trial: Trial, pull: Callable[[], object]
    ) -> None:
        """The agent's side, as the process table tells it."""
        if not eventually(lambda: agent.frozen, _DRAIN):
            raise TimeoutError(f"{self._name}: its agent was not stopped")
        trial.stopped = monotonic()
        if window == "between stop and look":
            pull()
        elif window == "after CONT":
            self._house.compute.drain(agent.instance.instance_id, "")
        eventually(lambda: not agent.frozen, _DRAIN)
        if eventually(lambda: agent.gone, _DIES):
            trial.killed = monotonic()
            return
        if window == "after CONT":
            trial.continued = monotonic()
            pull()


def race(folder: Path, lanes: int, rounds: int, say: Callable[[str], object]) -> dict[str, Any]:
    """Every lane plays every window so many times; then each task must have run exactly once."""
    names = [f"lane-{number}" for number in range(lanes)]
    trials: list[Trial] = []
    with house(folder, names) as ours, ours.scaling():

        def told(trial: Trial) -> None:
            trials.append(trial)
            if len(trials) % 10 == 0:
                say(f"{len(trials)} pops: {dict(_counted(trials))}")

        with ThreadPoolExecutor(lanes) as pool:
            plays = [pool.submit(Lane(ours, n).trials, WINDOWS * rounds, told) for n in names]
        for play in plays:
            play.result()
        say(f"{len(trials)} pops; waiting for the last tasks")
        return {"windows": dict(_counted(trials)), **_outcome(ours, len(trials))}


def _counted(trials: Sequence[Trial]) -> Counter[str]:
    return Counter(trial.window or "in none" for trial in trials)


def _outcome(ours: House, handed_in: int) -> dict[str, int]:
    world = ours.server.world

    def over() -> bool:
        return all(task.status is Status.COMPLETED for task in world.tasks.all())

    eventually(over, _ENDS, every=1)
    sleep(1)
    runs = Counter(ours.runs())
    return {
        "tasks": handed_in,
        "completed": sum(task.status is Status.COMPLETED for task in world.tasks.all()),
        "lost": handed_in - len(runs),
        "run_twice": sum(count > 1 for count in runs.values()),
    }
