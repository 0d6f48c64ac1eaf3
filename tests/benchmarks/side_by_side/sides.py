"""The two sides of a case, on stages of their own that are the same."""

from autoscaler.core.fleet import Deployment
from autoscaler.simulate.models import Models
from autoscaler.simulate.outcome import Outcome
from autoscaler.simulate.run import simulate
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Workload
from tests.benchmarks.peer import DEFAULT, TUNED, Client, Driver, Latency, Peer, Settings
from tests.benchmarks.side_by_side.cases import MOST, Case, deployment
from tests.benchmarks.side_by_side.figures import Figures, figures

SETTINGS = {"default": DEFAULT, "tuned": TUNED}
_STEP = 60.0


def play(case: Case) -> Figures:
    return figures(ours(case) if case.side == "ours" else peer(case))


def ours(case: Case) -> Outcome:
    workload = case.workload()
    return simulate(deployment(workload.queues), workload, case.models(), case.seed)


def peer(case: Case, latency: Latency | None = None) -> Outcome:
    workload = case.workload()
    wanted, settings = deployment(workload.queues), SETTINGS[case.side]
    return against(wanted, workload, case.models(), case.seed, settings, latency)


def against(
    wanted: Deployment,
    workload: Workload,
    models: Models,
    seed: int,
    settings: Settings,
    latency: Latency | None = None,
) -> Outcome:
    """What ClearML's autoscaler comes to, with the first offering of each resource."""
    stage = Stage(wanted, workload, models, seed, guarded=False)
    client, driver = Client(stage), Driver(stage, latency)
    scaler = Peer(stage.hub, client, driver, settings, served(wanted))
    scaler.begin()
    while not stage.is_over:
        stage.advance(_STEP)
    scaler.end()
    return stage.outcome({"clearml": client.calls, "cloud": len(driver.launches)})


def served(wanted: Deployment, most: int = MOST) -> dict[str, list[tuple[str, int]]]:
    """The resources of each queue, as ClearML's autoscaler is told of them."""
    found: dict[str, list[tuple[str, int]]] = {}
    for resource in wanted.resources:
        found.setdefault(resource.queues[0], []).append((resource.name, most))
    return found
