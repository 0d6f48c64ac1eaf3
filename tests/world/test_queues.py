"""Queues keep their order, and their names apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autoscaler.world.clearml import ClearML, RefusedError

if TYPE_CHECKING:
    from tests.world.model import Clock


@pytest.fixture
def queue(world: ClearML, clock: Clock) -> str:
    """Four entries, a second apart."""
    queue = world.queues.create("gpu").id
    for task in "abcd":
        clock.advance(seconds=1)
        world.queues.add(queue, task)
    return queue


def order(world: ClearML, queue: str) -> str:
    return "".join(entry.task for entry in world.queues.get(queue).entries)


@pytest.mark.parametrize(
    ("task", "position", "at", "after"),
    [
        pytest.param("c", 0, 0, "cabd", id="to the front"),
        pytest.param("b", 4, 3, "acdb", id="to the back"),
        pytest.param("a", 2, 2, "bcad", id="to the middle"),
        pytest.param("a", -5, 0, "abcd", id="not beyond the front"),
        pytest.param("d", 99, 3, "abcd", id="not beyond the back"),
    ],
)
def test_a_task_moves(
    task: str, position: int, at: int, after: str, world: ClearML, queue: str
) -> None:
    added = {entry.task: entry.added for entry in world.queues.get(queue).entries}

    assert world.queues.move_to(queue, task, position) == at
    assert order(world, queue) == after
    assert {e.task: e.added for e in world.queues.get(queue).entries} == added


def test_tasks_are_popped_in_order(world: ClearML, queue: str) -> None:
    popped = [world.queues.pop(queue) for _ in range(5)]

    assert [entry and entry.task for entry in popped] == ["a", "b", "c", "d", None]


def test_a_named_task_is_popped_only_from_the_front(world: ClearML, queue: str) -> None:
    assert world.queues.pop(queue, task="b") is None
    entry = world.queues.pop(queue, task="a")

    assert entry is not None
    assert order(world, queue) == "bcd"


def test_the_oldest_entry_keeps_its_age_when_others_leave(
    world: ClearML, clock: Clock, queue: str
) -> None:
    world.queues.remove(queue, "b")
    first = world.queues.get(queue).entries[0]

    assert (clock() - first.added).total_seconds() == 3


@pytest.mark.parametrize(
    ("name", "subcode"),
    [
        pytest.param("gp", 800, id="a name of two letters"),
        pytest.param("gpu", 801, id="a name that another queue has"),
    ],
)
def test_it_refuses(name: str, subcode: int, world: ClearML, queue: str) -> None:
    with pytest.raises(RefusedError) as created:
        world.queues.create(name)
    with pytest.raises(RefusedError) as renamed:
        world.queues.update(world.queues.default().id, name=name)

    assert (created.value.subcode, renamed.value.subcode) == (subcode, subcode)
    assert order(world, queue) == "abcd"


def test_a_queue_may_keep_its_own_name(world: ClearML, queue: str) -> None:
    assert world.queues.update(queue, name="gpu", tags=["x"]).tags == ("x",)


def test_a_queue_with_tasks_is_deleted_only_by_force(world: ClearML, queue: str) -> None:
    with pytest.raises(RefusedError) as refused:
        world.queues.delete(queue)
    world.queues.delete(queue, force=True)

    assert refused.value.subcode == 704
    assert world.queues.find("gpu") is None


def test_to_remove_what_is_not_there_is_refused(world: ClearML, queue: str) -> None:
    for change in (world.queues.remove, lambda q, t: world.queues.move_to(q, t, 0)):
        with pytest.raises(RefusedError) as refused:
            change(queue, "z")
        assert refused.value.subcode == 703
