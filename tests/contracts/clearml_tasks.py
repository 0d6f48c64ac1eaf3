"""What every Tasks promises."""

import pytest

from autoscaler.ports import Tasks
from autoscaler.world.clearml import ClearML
from tests.contracts.clearml_scenes import HIDDEN, WORKER, line_up, pop, start


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
        assert list(tasks.held_by(WORKER)) == [mine]

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
        assert list(tasks.held_by(WORKER)) == [task.id]

    def test_more_tasks_than_one_answer_holds_are_all_looked_at(
        self, world: ClearML, tasks: Tasks
    ) -> None:
        gpu = world.queues.create("gpu")
        line_up(world, gpu.id, *(f"task {number}" for number in range(1200)))
        popped = {pop(world, gpu.id) for _ in range(600)}
        assert set(tasks.unreported([gpu.id])) == popped
        for task_id in popped:
            start(world, task_id)
        assert set(tasks.held_by(WORKER)) == popped
