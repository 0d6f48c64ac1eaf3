"""A simulation's memory does not grow with its trace, but for eight bytes for each task's wait."""

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autoscaler.simulate.run import simulate
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Task, Workload
from tests.simulate.scene import STEADY, chance, deployment, resource

EVERY, TOGETHER = 3600.0, 20
FEW, MANY = 30, 130
A_WAIT = 8 * 2  # an array that grows has room for more
SLACK = 60_000


def sessions(count: int) -> Workload:
    """Twenty tasks one after the other, and then nothing for so long that their machine goes."""

    def made() -> Iterator[Task]:
        for session in range(count):
            for number in range(TOGETHER):
                yield Task(f"{session}-{number}", "gpu", session * EVERY + number * 25.0, 20.0)

    return Workload("sessions", ("gpu",), made)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_memory_is_flat_in_the_length_of_a_trace() -> None:
    """Looked at in the middle of sessions, when what can be thrown away has been."""
    looks = [session * EVERY + 300.0 for session in (FEW, MANY)]
    used: list[int] = []

    def look(stage: Stage) -> None:
        if len(used) < len(looks) and stage.at >= looks[len(used)]:
            gc.collect()
            used.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    told = simulate(
        deployment(resource(max_instances=1)), sessions(MANY + 1), STEADY, progress=look
    )
    tracemalloc.stop()
    few, many = used

    assert told.launches == MANY + 1
    assert many - few <= (MANY - FEW) * TOGETHER * A_WAIT + SLACK


def test_a_task_is_asked_for_when_the_one_before_it_is_handed_in() -> None:
    work = chance(20, gap=500)
    asked: list[Task] = []

    def made() -> Iterator[Task]:
        for task in work.tasks():
            asked.append(task)
            yield task

    stage = Stage(deployment(), replace(work, tasks=made))
    known = list(work.tasks())
    while stage.at < 5_000:
        handed_in = sum(task.submit_s <= stage.at for task in known)
        assert len(asked) == min(handed_in + 1, len(known))
        stage.advance(100)
