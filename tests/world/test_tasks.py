"""What happens to a task, and what must not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from autoscaler.world.clearml import ClearML, Move, RefusedError, Status

if TYPE_CHECKING:
    from autoscaler.world.clearml import Task
    from tests.world.model import Clock

FORCED = Move(force=True)


@pytest.fixture
def queue(world: ClearML) -> str:
    return world.queues.create("gpu").id


@pytest.fixture
def task(world: ClearML) -> str:
    return world.tasks.create("train").id


def test_an_enqueued_task_waits_at_the_back(world: ClearML, queue: str, task: str) -> None:
    other = world.tasks.create("earlier").id
    world.tasks.enqueue(other, queue)
    fields = world.tasks.enqueue(task, queue, Move(by="someone", reason="why"))

    assert [entry.task for entry in world.queues.get(queue).entries] == [other, task]
    assert fields["enqueue_status"] is Status.CREATED
    assert fields["execution.queue"] == queue
    assert (fields["last_changed_by"], fields["status_reason"]) == ("someone", "why")


@pytest.mark.parametrize(
    ("start", "queue_of", "subcode"),
    [
        pytest.param("created", "nope", 701, id="an unknown queue"),
        pytest.param("queued", "gpu", 706, id="the queue in which it stands"),
        pytest.param("in_progress", "gpu", 110, id="a queue, while it runs and is not forced"),
    ],
)
def test_a_refused_enqueue_changes_nothing(
    start: str, queue_of: str, subcode: int, world: ClearML, queue: str, task: str
) -> None:
    bring_to(world, task, queue, start)
    before = (world.tasks.get(task), world.queues.get(queue))

    with pytest.raises(RefusedError) as refused:
        world.tasks.enqueue(task, queue if queue_of == "gpu" else queue_of)

    assert refused.value.subcode == subcode
    assert (world.tasks.get(task), world.queues.get(queue)) == before


def test_a_task_may_stand_in_two_queues(world: ClearML, queue: str, task: str) -> None:
    other = world.queues.create("other").id
    world.tasks.enqueue(task, queue)
    world.tasks.enqueue(task, other)

    assert [q.id for q in world.queues.holding(task)] == [queue, other]
    assert world.tasks.get(task).queue == other
    world.tasks.dequeue(task, remove_from_all_queues=True)
    assert world.queues.holding(task) == []


@pytest.mark.parametrize(
    ("origin", "new_status", "after"),
    [
        pytest.param("created", None, "created", id="to created, from there it came"),
        pytest.param("failed", "created", "created", id="to what the caller says"),
        pytest.param("in_progress", None, "in_progress", id="to a ghost of a run, if it was one"),
    ],
)
def test_a_dequeued_task_returns(
    origin: str, new_status: str | None, after: str, world: ClearML, queue: str, task: str
) -> None:
    bring_to(world, task, queue, origin)
    world.tasks.enqueue(task, queue, FORCED)
    world.tasks.dequeue(task, new_status=Status(new_status) if new_status else None)

    left = world.tasks.get(task)
    assert (left.status, left.enqueue_status, left.queue) == (after, None, queue)
    assert world.queues.holding(task) == []


def test_a_popped_task_is_seen_by_nobody_until_it_is_reported(
    world: ClearML, queue: str, task: str
) -> None:
    world.tasks.enqueue(task, queue)
    assert world.tasks.popped() == []
    world.queues.pop(queue)

    (popped,) = world.tasks.popped()
    assert (popped.id, popped.status, popped.queue) == (task, Status.QUEUED, queue)
    world.tasks.started(task)
    assert world.tasks.popped() == []


def test_a_popped_task_can_be_enqueued_again(world: ClearML, queue: str, task: str) -> None:
    world.tasks.enqueue(task, queue)
    world.queues.pop(queue)
    world.tasks.enqueue(task, queue)

    assert world.queues.get(queue).position(task) == 0
    assert world.tasks.get(task).enqueue_status is Status.CREATED


def test_the_first_start_is_the_one_that_counts(
    world: ClearML, clock: Clock, queue: str, task: str
) -> None:
    world.tasks.enqueue(task, queue)
    world.tasks.started(task)
    clock.advance(seconds=5)
    fields = world.tasks.started(task, Move(message="launch by agent"))

    assert fields["started"] == clock()
    assert world.tasks.get(task).started == clock() - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("start", "silence", "status", "message"),
    [
        pytest.param("queued", 0, "stopped", "Stopped by tests", id="at once while it waits"),
        pytest.param("in_progress", 599, "in_progress", "stopping", id="by its worker, if alive"),
        pytest.param("in_progress", 600, "stopped", "Stopped by tests", id="at once, if not"),
    ],
)
def test_a_task_is_stopped(
    start: str,
    silence: int,
    status: str,
    message: str,
    world: ClearML,
    clock: Clock,
    queue: str,
    task: str,
) -> None:
    bring_to(world, task, queue, start)
    if start == "in_progress":
        world.workers.report("w", user=world.user, task=task)
    clock.advance(seconds=silence)
    world.tasks.stop(task)

    left = world.tasks.get(task)
    assert (left.status, left.status_message) == (status, message)
    assert world.queues.holding(task) == []


def test_an_ended_task_knows_when(world: ClearML, clock: Clock, queue: str, task: str) -> None:
    bring_to(world, task, queue, "in_progress")
    clock.advance(minutes=3)
    world.tasks.completed(task)

    assert world.tasks.get(task).completed == clock()


def test_recovery_stops_requeues_and_goes_to_the_front(
    world: ClearML, queue: str, task: str
) -> None:
    bring_to(world, task, queue, "in_progress")
    world.tasks.enqueue(world.tasks.create("waiting").id, queue)

    world.tasks.stopped(task, Move(force=True, reason="worker lost"))
    world.tasks.enqueue(task, queue)
    world.queues.move_to(queue, task, 0)

    assert world.queues.get(queue).position(task) == 0
    assert world.tasks.get(task).enqueue_status is Status.STOPPED


def test_a_reset_task_is_like_new(world: ClearML, queue: str, task: str) -> None:
    bring_to(world, task, queue, "in_progress")
    world.workers.report("w", user=world.user, task=task)
    world.tasks.edit(task, sections={"runtime": {"a": 1}, "script": {"diff": "x"}})
    world.tasks.progressed(task, 7)
    _, removed = world.tasks.reset(task)

    left = world.tasks.get(task)
    assert (left.status, left.status_reason, removed) == (Status.CREATED, "reset", 0)
    assert (left.started, left.last_worker, left.last_iteration) == (None, None, 0)
    assert left.sections == {"runtime": {}, "script": {"diff": "x"}}


def test_a_deleted_task_leaves_its_queue(world: ClearML, queue: str, task: str) -> None:
    world.tasks.enqueue(task, queue)
    world.tasks.delete(task)

    assert world.tasks.find(task) is None
    assert world.queues.get(queue).entries == ()


def test_a_running_task_is_deleted_only_by_force(world: ClearML, queue: str, task: str) -> None:
    bring_to(world, task, queue, "in_progress")
    with pytest.raises(RefusedError):
        world.tasks.delete(task)
    world.tasks.delete(task, force=True)

    assert world.tasks.find(task) is None


def test_what_was_read_stays_as_it_was_read(world: ClearML, queue: str, task: str) -> None:
    before = world.tasks.get(task)
    world.tasks.enqueue(task, queue)

    assert before.status is Status.CREATED


def test_iterations_never_go_back(world: ClearML, task: str) -> None:
    for iteration in (3, 9, 4, None):
        world.tasks.progressed(task, iteration)

    assert world.tasks.get(task).last_iteration == 9


def bring_to(world: ClearML, task: str, queue: str, status: str) -> Task:
    if status == "queued":
        world.tasks.enqueue(task, queue)
    elif status == "in_progress":
        world.tasks.enqueue(task, queue)
        world.queues.pop(queue)
        world.tasks.started(task)
    elif status == "failed":
        world.tasks.failed(task, FORCED)
    return world.tasks.get(task)
