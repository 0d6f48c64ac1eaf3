"""What `on_shutdown` promises: nothing starts, machines end, tasks that ran come back."""

from datetime import timedelta
from threading import Event

import pytest

from autoscaler.adapters.local.processes import Processes
from autoscaler.core.ledger import Instance, Launch, Phase, Ref
from autoscaler.hosts.local import Local, Shutdown
from autoscaler.services.poll import Tick
from autoscaler.world.clearml import Status
from autoscaler.world.python_task import enqueue_python
from tests.hosts.lab import HostLab
from tests.machine.process_bench import HOLD

LAUNCH = "01KB3S7V0QZX4M8T2R9W6Y5N1A"


def wind_down(lab: HostLab, host: Local, how: Shutdown) -> None:
    host.wind_down(how, Event(), on_tick=lambda _: None, on_error=lab.errors.append)


def begin(lab: HostLab, host: Local, task: str) -> None:
    """Scale until the task runs and the table knows it."""
    stop = Event()

    def heard(tick: Tick) -> None:
        if any(supply.busy for supply in tick.seen.supply):
            stop.set()

    host.run(stop, on_tick=heard, on_error=lab.errors.append)
    assert lab.standin.world.tasks.get(task).status is Status.IN_PROGRESS


@pytest.mark.slow
def test_all_brings_a_running_task_back_before_it_ends(lab: HostLab) -> None:
    world, host = lab.standin.world, lab.host()
    queue = world.queues.default()
    task = enqueue_python(world, "task", HOLD, queue=queue.id).id
    begin(lab, host, task)

    wind_down(lab, host, "all")

    assert world.tasks.get(task).status is Status.QUEUED
    assert [entry.task for entry in world.queues.get(queue.id).entries] == [task]
    (row,) = [row for row in host.state.live() if isinstance(row, Instance)]
    assert (row.phase, row.settled) == (Phase.GONE, False)
    assert host.second_looks() == 1
    assert not lab.errors


def order(host: Local) -> None:
    """A launch that was ordered just now, and that nobody has called for yet."""
    now = host.clock.now()
    resource = host.deployment.by_key["team/cpu"]
    shared = {
        "autoscaler": "team",
        "resource": "cpu",
        "compute": resource.compute,
        "queue": "default",
        "queue_ids": ("q",),
        "requested_at": now,
        "config_hash": resource.config_hash,
        "reason": "a task waits",
    }
    launch = {"key": LAUNCH, "count": 1, "slots": 1, "deadline": now + timedelta(minutes=2)}
    row = {"key": f"{LAUNCH}.0", "launch": LAUNCH, "index": 0, "phase": Phase.REQUESTED}
    host.state.commit(
        put=[
            Launch.model_validate({**shared, **launch}),
            Instance.model_validate({**shared, **row, "moved_at": now}),
        ]
    )


@pytest.mark.parametrize("how", ["idle", "all"])
def test_nothing_that_was_ordered_starts_any_more(lab: HostLab, how: Shutdown) -> None:
    host = lab.host()
    order(host)

    wind_down(lab, host, how)

    (compute,) = host.computes.values()
    assert isinstance(compute, Processes)
    assert not compute.machines()
    row = host.state.read(Ref("instance", f"{LAUNCH}.0"))
    assert isinstance(row, Instance)
    assert (row.phase, row.settled) == (Phase.GONE, True)
    assert not lab.errors
