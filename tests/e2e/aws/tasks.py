"""Three tasks on two machines: ordered, started, completed; then the machines go by themselves."""

from __future__ import annotations

from typing import Any

from autoscaler.core.ledger import Phase
from autoscaler.world.clearml.model import Status
from tests.e2e.aws.scene import Scene

TASKS = 3
_CODE = "import time; time.sleep(5); print('the answer is', 6 * 7)"


def tasks(scene: Scene) -> dict[str, Any]:
    """What came when, in seconds after the tasks were there; `broken`: promises that were."""
    before = scene.ticks()
    submitted = [scene.submit(f"task-{number}", _CODE) for number in range(TASKS)]
    begun = scene.say(f"{TASKS} tasks wait, and nothing runs")
    machines = scene.machines.machines
    ticked = scene.await_that("the rule woke the poller", lambda: scene.ticks() > before, 90)
    scene.await_that("the first machine runs", lambda: machines, 60)
    came = scene.await_that(
        "a worker took a task",
        lambda: any(scene.status(t) is not Status.QUEUED for t in submitted),
        120,
    )
    completed = scene.await_that(
        "all tasks are completed",
        lambda: all(scene.status(t) is Status.COMPLETED for t in submitted),
        240,
    )
    most = max(len(machines), len(scene.instances()))
    ended = scene.await_that(
        "all machines are off", lambda: all(one.state == "gone" for one in machines.values()), 300
    )
    gone = scene.await_that(
        "the table says so",
        lambda: not [one for one in scene.instances() if one["phase"]["S"] != Phase.GONE],
        180,
    )
    return {
        "tick_s": round(ticked - begun, 1),
        "worker_s": round(came - begun, 1),
        "completed_s": round(completed - begun, 1),
        "off_s": round(ended - completed, 1),
        "known_s": round(gone - ended, 1),
        "machines": len(machines),
        "broken": _broken(scene, submitted, most),
    }


def _broken(scene: Scene, submitted: list[str], most: int) -> list[str]:
    found = []
    with scene.server.lock:
        consoles = [scene.server.world.events.console(task) for task in submitted]
        workers = scene.server.world.workers.all()
    if not all("the answer is 42" in text for text in consoles):
        found.append("a task did not say what it had to")
    if workers:
        found.append(f"workers are left on the server: {workers}")
    if most > 2:
        found.append(f"{most} machines, and the maximum is 2")
    reasons = {one.why for one in scene.machines.machines.values()}
    if "terminated" in reasons:
        found.append("a machine was terminated: its guard did not answer the drain")
    secret = scene.server.credentials.secret_key
    said = scene.machines.lines() + "".join(
        map(scene.cloud.told, ("poller", "launcher", "reaper"))
    )
    if secret in said:
        found.append("a secret was printed")
    return found
