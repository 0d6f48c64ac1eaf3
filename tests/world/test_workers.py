"""Who counts as a worker, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from autoscaler.world.clearml import ClearML, RefusedError

if TYPE_CHECKING:
    from tests.world.model import Clock


@pytest.mark.parametrize(
    ("timeout", "silence", "there"),
    [
        pytest.param(None, 599, True, id="listed until its ten minutes are over"),
        pytest.param(None, 600, False, id="gone when they are"),
        pytest.param(60, 60, False, id="gone earlier when it asked for less"),
        pytest.param(1800, 1799, True, id="listed longer when it asked for more"),
    ],
)
def test_a_silent_worker_is(
    timeout: int | None, silence: int, there: bool, world: ClearML, clock: Clock
) -> None:
    wanted = timedelta(seconds=timeout) if timeout else None
    world.workers.register("w", user=world.user, timeout=wanted)
    clock.advance(seconds=silence)

    assert (world.workers.find("w") is not None) is there


def test_a_report_keeps_a_worker_alive_by_its_own_timeout(world: ClearML, clock: Clock) -> None:
    world.workers.register("w", user=world.user, timeout=timedelta(seconds=60))
    clock.advance(seconds=59)
    world.workers.report("w", user=world.user)
    clock.advance(seconds=59)

    assert world.workers.find("w") is not None
    clock.advance(seconds=1)
    assert world.workers.find("w") is None


def test_a_worker_that_was_gone_registers_anew_with_its_next_report(
    world: ClearML, clock: Clock
) -> None:
    world.workers.register("w", user=world.user, tags=["t"])
    clock.advance(hours=1)
    back = world.workers.report("w", user=world.user)

    assert (back.register_time, back.tags) == (clock(), ())


def test_a_report_clears_what_it_does_not_say(world: ClearML) -> None:
    queue = world.queues.create("gpu").id
    task = world.tasks.create("t").id
    world.workers.register("w", user=world.user, queues=[queue], tags=["t"])
    busy = world.workers.report("w", user=world.user, task=task, queue=queue, tags=["t"])
    idle = world.workers.report("w", user=world.user)

    assert (busy.task, busy.queue, busy.tags) == (task, queue, ("t",))
    assert (idle.task, idle.queue, idle.tags) == (None, None, ())
    assert idle.queues == (queue,)


def test_a_report_says_who_runs_the_task(world: ClearML, clock: Clock) -> None:
    task = world.tasks.create("t").id
    clock.advance(seconds=9)
    world.workers.report("w", user=world.user, task=task)

    seen = world.tasks.get(task)
    assert (seen.last_worker, seen.last_worker_report) == ("w", clock())


def test_one_id_under_two_users_is_two_workers(world: ClearML) -> None:
    stranger = world.users.add("stranger")
    world.workers.register("w", user=world.user)
    world.workers.register("w", user=stranger)
    world.workers.unregister("w", user=stranger)

    assert [worker.user for worker in world.workers.all()] == [world.user]


def test_to_unregister_a_stranger_is_no_mistake(world: ClearML) -> None:
    world.workers.unregister("nobody", user=world.user)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("*", ["a1:gpu:p3:i-1", "a1:cpu:m5:i-2", "a2:gpu:p3:i-3"], id="all"),
        pytest.param("a1:*", ["a1:gpu:p3:i-1", "a1:cpu:m5:i-2"], id="those of one autoscaler"),
        pytest.param("a1:gpu:*", ["a1:gpu:p3:i-1"], id="those of one resource"),
        pytest.param("A1:*", [], id="none in other letters"),
        pytest.param("a1", [], id="none by a mere beginning"),
    ],
)
def test_a_pattern_finds(pattern: str, found: list[str], world: ClearML) -> None:
    for name in ("a1:gpu:p3:i-1", "a1:cpu:m5:i-2", "a2:gpu:p3:i-3"):
        world.workers.register(name, user=world.user)

    assert [worker.id for worker in world.workers.all(pattern=pattern)] == found


@pytest.mark.parametrize(
    ("silence", "found"),
    [
        pytest.param(60, ["quiet", "loud"], id="shows who was active just then"),
        pytest.param(61, ["loud"], id="hides who was quiet longer"),
    ],
)
def test_last_seen(silence: int, found: list[str], world: ClearML, clock: Clock) -> None:
    world.workers.register("quiet", user=world.user)
    clock.advance(seconds=silence)
    world.workers.register("loud", user=world.user)

    seen = world.workers.all(last_seen=timedelta(seconds=60))
    assert [worker.id for worker in seen] == found


def test_a_worker_of_an_unknown_queue_is_refused(world: ClearML) -> None:
    for enter in (world.workers.register, world.workers.report):
        with pytest.raises(RefusedError) as refused:
            enter("w", user=world.user, queues=["nope"])
        assert refused.value.subcode == 701
    assert world.workers.all() == []


def test_a_report_of_an_unknown_task_is_refused(world: ClearML) -> None:
    with pytest.raises(RefusedError) as refused:
        world.workers.report("w", user=world.user, task="nope")

    assert refused.value.subcode == 101
    assert world.workers.all() == []
