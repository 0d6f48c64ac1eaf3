"""A simulation's memory does not grow with its trace, but for eight bytes for each task's wait."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from autoscaler.simulate.models import Models
from autoscaler.simulate.run import simulate
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Task
from tests.simulate.scene import chance, deployment

FEW, MANY = 250, 2000
A_WAIT = 8 * 2  # an array that grows has room for more
SLACK = 200_000


def peak(tasks: int) -> int:
    tracemalloc.start()
    told = simulate(deployment(), chance(tasks, gap=500), Models())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told.finished == tasks
    return most


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_memory_is_flat_in_the_length_of_a_trace() -> None:
    peak(FEW)  # what is imported, and cached once

    assert peak(MANY) <= peak(FEW) + (MANY - FEW) * A_WAIT + SLACK


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
