"""The same pop against check-then-terminate, which is how ClearML's autoscaler stops a machine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autoscaler.adapters.clearml import ClearmlWorkers
from autoscaler.core.seen import Machine, Worker
from autoscaler.hosts.local import Local
from autoscaler.ports import Launched, Order
from autoscaler.world.clearml.model import Status
from tests.e2e.machine.house import House, eventually, house

_BOOT = 120.0
_POLL = 20.0


def check_then_terminate(
    folder: Path, lanes: int, rounds: int, say: Callable[[str], object]
) -> dict[str, int]:
    """In each trial the task is popped behind the check and before the end of the machine."""
    names = [f"lane-{number}" for number in range(lanes)]
    with house(folder, names) as ours, ThreadPoolExecutor(lanes) as pool:
        try:
            plays = [pool.submit(_trials, ours, name, rounds) for name in names]
            tasks = [task for play in plays for task in play.result()]
        finally:
            ours.end()
        say(f"{len(tasks)} pops between check and termination")
        world = ours.server.world
        done = sum(world.tasks.get(task).status is Status.COMPLETED for task in tasks)
        return {"pops": len(tasks), "lost": len(tasks) - done}


def _trials(ours: House, lane: str, rounds: int) -> list[str]:
    local = Local(ours.local.config)
    return [_trial(ours, local, lane, number) for number in range(rounds)]


def _trial(ours: House, local: Local, lane: str, number: int) -> str:
    machine = _launched(ours, local, lane, number)

    def worker() -> Worker | None:
        found = ClearmlWorkers(local.clearml).read(["race"])
        return next((each for each in found if each.id == machine.worker), None)

    if not eventually(lambda: worker() is not None, _BOOT, every=0.5):
        raise TimeoutError(f"{lane}: its agent did not register")
    door = ours.gate.shut(ours.queues[lane])
    if not door.waits.wait(_POLL):
        raise TimeoutError(f"{lane}: its agent does not poll")
    checked = worker()
    assert checked is not None
    assert not checked.task, "the check says that it may go"
    task = ours.enqueue(lane)
    door.open()
    local.computes["process"].terminate(machine.instance_id)
    ours.gate.take_away(ours.queues[lane])
    return task


def _launched(ours: House, local: Local, lane: str, number: int) -> Machine:
    order = Order(
        deployment=local.deployment.name,
        autoscaler="race",
        resource=lane,
        offering="process:on-demand",
        launch=f"{lane}-{number}",
        attempt=1,
        indexes=(0,),
        token=f"{lane}-{number}",
        queue_ids=(ours.queues[lane],),
    )
    compute = local.computes["process"]
    answer = compute.launch(order, compute.render(order))
    assert isinstance(answer, Launched), answer
    return answer.machines[0]
