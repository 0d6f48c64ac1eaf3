"""A burst from nothing: how long until as many machines were asked for as there are tasks."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from autoscaler.simulate.generators import generate
from autoscaler.simulate.run import Pace, Run, simulated
from autoscaler.simulate.stage import Stage
from autoscaler.world.cloud import Box
from tests.benchmarks.peer import Client, Driver, Latency, Peer
from tests.benchmarks.side_by_side.cases import deployment, models
from tests.benchmarks.side_by_side.sides import SETTINGS, served

SIZES: Final = (10, 100, 500)
BOOT_S: Final = 180


@dataclass(frozen=True, slots=True)
class Launch:
    """`ours_s`, `peer_s`: from the burst's last task to the last machine that was asked for.

    Each call to the cloud takes as long for ours as for ClearML's default, one after the other;
    `ours_calls` are those that started the machines.
    """

    n: int
    ours_s: float
    peer_s: float
    ours_calls: int

    def document(self) -> dict[str, Any]:
        return {name: round(value, 1) for name, value in asdict(self).items()}


def play(size: int) -> Launch:
    workload = generate("burst100", seed=1, scale=size / 100)
    wanted = deployment(workload.queues)
    burst = [task.submit_s for task in workload.tasks()]

    stage = Stage(simulated(wanted), workload, models(BOOT_S), seed=1)
    started, calls = _listening(stage)
    Run(stage, Pace(), lambda _: None).play()
    ours = started[: len(burst)][-1] - burst[-1] + Latency().call * len(calls)

    stage = Stage(wanted, workload, models(BOOT_S), seed=1, guarded=False)
    driver = Driver(stage)
    scaler = Peer(stage.hub, Client(stage), driver, SETTINGS["default"], served(wanted))
    scaler.begin()
    while not stage.is_over:
        stage.advance(60)
    scaler.end()
    return Launch(size, ours, driver.launches[-1] - burst[-1], len(calls))


def _listening(stage: Stage) -> tuple[list[float], set[str]]:
    """When machines start, and by which calls."""
    started: list[float] = []
    calls: set[str] = set()
    heard = stage.region.started

    def starts(box: Box) -> None:
        started.append(stage.at)
        calls.add(box.machine.token)
        heard(box)

    stage.region.started = starts
    return started, calls
