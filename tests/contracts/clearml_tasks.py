"""What every Tasks promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from autoscaler.core.seen import Task
from autoscaler.ports import Tasks
from autoscaler.world.clearml import ClearML, Move, Status
from tests.contracts.clearml_scenes import HIDDEN, WORKER, line_up, pop, start


def ids(tasks: Sequence[Task]) -> set[str]:
    return {task.id for task in tasks}


def near(one: datetime | None, other: datetime | None) -> bool:
    """The same, as far as the wire tells times: in milliseconds."""
    return one is not None and other is not None and abs(one - other) < timedelta(milliseconds=1)


class TasksContract:
    """A subclass gives `world` and the port over it."""

    @pytest.fixture
    def world(self) -> ClearML:
        raise NotImplementedError

    @pytest.fixture
    def tasks(self, world: ClearML) -> Tasks:
        raise NotImplementedError

    def test_a_worker_holds_the_tasks_in_progress_that_it_reported_last(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        mine, others, ended = line_up(world, world.queues.default().id, "one", "two", "three")
        start(world, mine)
        start(world, others, "aws1:gpu:g4dn.xlarge:i-0def")
        start(world, ended)
        world.tasks.completed(ended)
        assert ids(tasks.held_by([WORKER, "nobody"])) == {mine}

    def test_a_popped_task_is_unreported_until_it_starts(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        gpu = world.queues.create("gpu")
        first, _ = line_up(world, gpu.id, "one", "two")
        waiting = list(tasks.unreported([gpu.id]))
        popped = pop(world, gpu.id)
        unreported = list(tasks.unreported([gpu.id]))
        start(world, popped)
        started = list(tasks.unreported([gpu.id]))
        assert (waiting, unreported, started) == ([], [first], [])

    def test_only_the_queues_in_question_count(self, world: ClearML, tasks: Tasks) -> None:
        gpu, cpu = world.queues.create("gpu"), world.queues.create("cpu")
        line_up(world, gpu.id, "one")
        pop(world, gpu.id)
        assert not tasks.unreported([cpu.id])
        assert not tasks.unreported([])
        assert len(tasks.unreported([cpu.id, gpu.id])) == 1

    def test_hidden_queues_and_tasks_count(self, world: ClearML, tasks: Tasks) -> None:
        hidden = world.queues.create("hidden", system_tags=[HIDDEN])
        task = world.tasks.create("one", system_tags=("hidden",))
        world.tasks.enqueue(task.id, hidden.id)
        pop(world, hidden.id)
        assert list(tasks.unreported([hidden.id])) == [task.id]
        start(world, task.id)
        assert ids(tasks.held_by([WORKER])) == {task.id}

    def test_more_tasks_than_one_answer_holds_are_all_looked_at(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        gpu = world.queues.create("gpu")
        line_up(world, gpu.id, *(f"task {number}" for number in range(1200)))
        popped = {pop(world, gpu.id) for _ in range(600)}
        assert set(tasks.unreported([gpu.id])) == popped
        for task_id in popped:
            start(world, task_id)
        assert ids(tasks.held_by([WORKER])) == popped

    def test_nobody_holds_nothing(self, world: ClearML, tasks: Tasks) -> None:
        (task,) = line_up(world, world.queues.default().id, "one")
        world.tasks.started(task, Move(force=True))
        assert not tasks.held_by([])

    def test_a_task_is_read_as_it_is(self, world: ClearML, tasks: Tasks) -> None:
        gpu = world.queues.create("gpu")
        popped, waiting = line_up(world, gpu.id, "one", "two")
        pop(world, gpu.id)
        found = {task.id: task for task in tasks.read([popped, waiting, "f" * 32])}
        assert found.keys() == {popped, waiting}
        assert (found[popped].status, found[popped].queue) == ("queued", gpu.id)
        assert (found[popped].waiting, found[waiting].waiting) == (False, True)
        assert near(found[popped].changed, world.tasks.get(popped).status_changed)
        assert not tasks.read([])

    def test_a_running_task_tells_who_reported_it_and_when(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        (one,) = line_up(world, world.queues.default().id, "one")
        start(world, one)
        (task,) = tasks.read([one])
        assert (task.status, task.worker) == ("in_progress", WORKER)
        assert near(task.reported, world.tasks.get(one).last_worker_report)

    def test_a_lost_task_goes_back_to_the_front_of_its_queue(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        gpu = world.queues.create("gpu")
        lost, other = line_up(world, gpu.id, "one", "two")
        start(world, pop(world, gpu.id))
        tasks.stop(lost, "its machine was lost")
        assert world.tasks.get(lost).status is Status.STOPPED
        assert [task.reason for task in tasks.read([lost])] == ["its machine was lost"]
        assert tasks.enqueue(lost, gpu.id, "back again")
        assert [entry.task for entry in world.queues.get(gpu.id).entries] == [lost, other]
        assert world.tasks.get(lost).status is Status.QUEUED
        assert world.tasks.get(lost).status_reason == "back again"

    def test_enqueued_twice_a_task_stands_there_once(self, world: ClearML, tasks: Tasks) -> None:
        gpu = world.queues.create("gpu")
        one, two = line_up(world, gpu.id, "one", "two")
        assert tasks.enqueue(two, gpu.id, "why")
        assert tasks.enqueue(two, gpu.id, "why")
        assert [entry.task for entry in world.queues.get(gpu.id).entries] == [two, one]

    def test_a_queue_that_is_gone_takes_no_task(self, world: ClearML, tasks: Tasks) -> None:
        gpu = world.queues.create("gpu")
        (one,) = line_up(world, gpu.id, "one")
        start(world, pop(world, gpu.id))
        world.queues.delete(gpu.id)
        tasks.stop(one, "why")
        assert not tasks.enqueue(one, gpu.id, "why")

    def test_a_task_can_be_failed_and_reset(self, world: ClearML, tasks: Tasks) -> None:
        failed, reset = line_up(world, world.queues.default().id, "one", "two")
        for task in (failed, reset):
            start(world, task)
        tasks.fail(failed, "three machines were lost")
        assert world.tasks.get(failed).status is Status.FAILED
        assert world.tasks.get(failed).status_reason == "three machines were lost"
        tasks.reset(reset)
        assert world.tasks.get(reset).status is Status.CREATED
