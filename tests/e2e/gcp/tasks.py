"""Three tasks on two machines: ordered, started, completed; then the machines go by themselves."""

from __future__ import annotations

from typing import Any

from autoscaler.core.ledger import Phase
from autoscaler.world.clearml.model import Status
from tests.e2e.gcp.dead_letters import POISON
from tests.e2e.gcp.scene import MOST, ZONES, Scene

TASKS = 3
_CODE = "import time; time.sleep(3); print('the answer is', 6 * 7)"


def tasks(scene: Scene) -> dict[str, Any]:
    """What came when, in seconds after the schedule began; `broken`: promises that were."""
    machines, project = scene.machines.machines, scene.project
    submitted = [scene.submit(f"task-{number}", _CODE) for number in range(TASKS)]
    begun = scene.say(f"{TASKS} tasks wait, and nothing runs")
    with project.scheduled():
        ticked = scene.await_that("a tick", lambda: project.told("poller", "ticked"), 60)
        ran = scene.await_that("the first machine runs", lambda: machines, 60)
        came = scene.await_that(
            "a worker took a task",
            lambda: any(scene.status(t) is not Status.QUEUED for t in submitted),
            60,
        )
        completed = scene.await_that(
            "all tasks are completed",
            lambda: all(scene.status(t) is Status.COMPLETED for t in submitted),
            60,
        )
        for order in {*project.kept("launch-heard")} - {POISON}:
            project.publish("launch", order)
        scene.say("every order was published once more")
        ended = scene.await_that(
            "all machines are off",
            lambda: all(one.state == "gone" for one in machines.values()),
            90,
        )
        gone = scene.await_that(
            "the table says so, and Google has nothing of them any more",
            lambda: not scene.cloud.boxes and not _known(scene),
            60,
        )
    return {
        "tick_s": round(ticked - begun, 1),
        "machine_s": round(ran - begun, 1),
        "worker_s": round(came - begun, 1),
        "completed_s": round(completed - begun, 1),
        "off_s": round(ended - completed, 1),
        "known_s": round(gone - ended, 1),
        "machines": len(machines),
        "broken": [*_told_twice(scene), *_broken(scene, submitted)],
    }


def _known(scene: Scene) -> list[str]:
    return [row.key for row in scene.instances() if row.phase is not Phase.GONE]


def _told_twice(scene: Scene) -> list[str]:
    """Redelivered: a tick, and every order."""
    machines, cloud = scene.machines.machines, scene.cloud
    inserts = cloud.calls.count("instances.insert")
    found = []
    if not any(tick["skipped"] for tick in scene.project.told("poller", "ticked")):
        found.append("the tick that was delivered twice was planned twice")
    if not 0 < len(machines) <= MOST:
        found.append(f"{len(machines)} machines, and the maximum is {MOST}")
    if {one.born.zone for one in machines.values()} != {ZONES[1]}:
        found.append("a machine in the zone that has none")
    if inserts > MOST * len(ZONES):
        found.append(f"{inserts} machines were asked for, {MOST} in each zone were enough")
    return found


def _broken(scene: Scene, submitted: list[str]) -> list[str]:
    found = []
    with scene.server.lock:
        consoles = [scene.server.world.events.console(task) for task in submitted]
        workers = scene.server.world.workers.all()
    if not all("the answer is 42" in text for text in consoles):
        found.append("a task did not say what it had to")
    if workers:
        found.append(f"workers are left on the server: {workers}")
    if "terminated" in {one.why for one in scene.machines.machines.values()}:
        found.append("a machine was deleted: its guard did not answer the drain")
    logs = "".join(one.log for one in scene.project.functions.values())
    if scene.server.credentials.secret_key in scene.machines.lines() + logs:
        found.append("a secret was printed")
    return found
