"""What ClearML's list of workers says of a row: registered, busy, idle, silent."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from autoscaler.core import facts
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.seen import Worker
from tests.core.make import NOW, ago, instance, resource, worker

IDLE, BUSY = worker(), worker(task="t1")


@pytest.mark.parametrize(
    ("row", "workers", "changes"),
    [
        pytest.param(
            instance(phase=Phase.BOOTING, launched_at=ago(3)),
            [IDLE],
            {
                "phase": Phase.UP,
                "reason": "registered 3 min after its launch",
                "registered_at": NOW,
                "idle_since": NOW,
                "last_busy": None,
            },
            id="a booting machine whose worker appears is up, and idle",
        ),
        pytest.param(
            instance(phase=Phase.BOOTING, launched_at=ago(3)),
            [IDLE, BUSY],
            {"phase": Phase.UP, "registered_at": NOW, "idle_since": None, "last_busy": NOW},
            id="or busy at once",
        ),
        pytest.param(
            instance(phase=Phase.BOOTING),
            [IDLE],
            {"reason": "registered 0 s after its launch"},
            id="nobody knows when it was launched",
        ),
        pytest.param(instance(phase=Phase.BOOTING), [], {}, id="no worker yet"),
        pytest.param(
            instance(idle_since=ago(9)),
            [BUSY],
            {"idle_since": None, "last_busy": NOW, "reason": "task t1 runs on it"},
            id="an idle machine takes a task",
        ),
        pytest.param(
            instance(),
            [IDLE],
            {"idle_since": NOW, "last_busy": NOW, "reason": "its last task ended"},
            id="a busy machine ends its last task",
        ),
        pytest.param(instance(), [IDLE, BUSY], {}, id="it is busy as long as one slot is"),
        pytest.param(instance(idle_since=ago(9)), [IDLE], {}, id="idle it stays"),
        pytest.param(
            instance(idle_since=ago(9)), [], {"silent_since": NOW}, id="its worker falls silent"
        ),
        pytest.param(instance(silent_since=ago(9)), [], {}, id="it is silent for longer"),
        pytest.param(
            instance(silent_since=ago(9), idle_since=ago(20)),
            [IDLE],
            {"silent_since": None},
            id="it is heard again, and its idle time went on",
        ),
        pytest.param(
            instance(silent_since=ago(9)),
            [IDLE],
            {"silent_since": None, "idle_since": NOW, "reason": "its last task ended"},
            id="it is heard again, without its task",
        ),
        pytest.param(
            instance(phase=Phase.DRAINING, registered_at=ago(60)),
            [BUSY],
            {
                "phase": Phase.UP,
                "reason": "drain refused: task t1 runs on it",
                "registered_at": ago(60),
                "idle_since": None,
                "last_busy": NOW,
            },
            id="work came: the drain is refused",
        ),
        pytest.param(
            instance(phase=Phase.DRAINING, silent_since=ago(2)),
            [BUSY],
            {"phase": Phase.UP, "registered_at": NOW, "silent_since": None},
            id="work came to one that was given up before it registered",
        ),
        pytest.param(instance(phase=Phase.DRAINING), [IDLE], {}, id="a drain goes on while idle"),
        pytest.param(
            instance(phase=Phase.TERMINATING), [BUSY], {}, id="a termination is the reaper's"
        ),
        pytest.param(instance(phase=Phase.GONE), [IDLE], {}, id="a ghost revives no row"),
    ],
)
def test_worker_fact(row: Instance, workers: list[Worker], changes: dict[str, object]) -> None:
    seen = facts.worker_fact(row, workers, NOW)
    assert {name: getattr(seen, name) for name in changes} == changes
    assert (seen is row) == (not changes)


def test_workers_are_found_under_their_machine() -> None:
    ids = ["lab:a:i-1", "lab:a:i-2:0", "lab:a:i-2:1", "plain", "lab:a:i-3:gpu0"]
    found = facts.workers_by_machine([worker(id) for id in ids])
    assert [w.id for w in found["lab:a:i-1"]] == ["lab:a:i-1"]
    assert [w.id for w in found["lab:a:i-2"]] == ["lab:a:i-2:0", "lab:a:i-2:1"]
    assert "lab:a" not in found
    assert "lab:a:i-3" not in found


@pytest.mark.parametrize(
    ("row", "workers", "slots"),
    [
        pytest.param(instance(), [IDLE], (1, 0, 0), id="idle"),
        pytest.param(instance(), [BUSY], (0, 1, 0), id="busy"),
        pytest.param(instance(slots=3), [IDLE, BUSY], (1, 1, 0), id="a third worker never came"),
        pytest.param(
            instance(slots=3, registered_at=ago(1)),
            [IDLE, BUSY],
            (1, 1, 1),
            id="it still may come",
        ),
        pytest.param(
            instance(slots=1, registered_at=ago(1)),
            [IDLE, BUSY],
            (1, 1, 0),
            id="more than planned",
        ),
        pytest.param(instance(registered_at=ago(1)), [], (0, 0, 0), id="silent: nothing comes"),
        pytest.param(instance(phase=Phase.REQUESTED, slots=2), [], (0, 0, 2), id="requested"),
        pytest.param(instance(phase=Phase.BOOTING, slots=2), [], (0, 0, 2), id="booting"),
        pytest.param(instance(phase=Phase.DRAINING), [BUSY], (0, 1, 0), id="draining, but busy"),
        pytest.param(instance(phase=Phase.DRAINING), [IDLE], (0, 0, 0), id="draining: not idle"),
        pytest.param(instance(phase=Phase.TERMINATING), [IDLE], (0, 0, 0), id="terminating"),
    ],
)
def test_slots(row: Instance, workers: Sequence[Worker], slots: tuple[int, int, int]) -> None:
    since = row.model_copy(update={"registered_at": row.registered_at or ago(60)})
    assert facts.slots(since, workers, resource(), NOW) == slots


@pytest.mark.parametrize("phase", [Phase.REQUESTED, Phase.BOOTING])
@pytest.mark.parametrize(
    ("appointment", "coming"),
    [
        pytest.param(ago(-1), 1, id="its time is not over"),
        pytest.param(NOW, 0, id="its time is over: nothing comes any more"),
    ],
)
def test_slots_come_until_the_appointment(
    phase: Phase, appointment: datetime, coming: int
) -> None:
    row = instance(phase=phase, next_check=appointment)
    assert facts.slots(row, [], resource(), NOW) == (0, 0, coming)


def test_a_removed_resource_brings_no_more_slots() -> None:
    row = instance(slots=2, registered_at=ago(1))
    assert facts.slots(row, [IDLE], None, NOW) == (1, 0, 0)


@pytest.mark.parametrize(
    ("reports", "twice"),
    [
        pytest.param([("a", "t1", 0), ("b", "t2", 0)], {}, id="each has its own"),
        pytest.param([("a", "", 0), ("b", "", 0)], {}, id="none has any"),
        pytest.param(
            [("b", "t1", 0), ("c", "t2", 0), ("a", "t1", 0.9)],
            {"t1": ("a", "b")},
            id="two say that they execute it",
        ),
        pytest.param([("a", "t1", 0), ("b", "t1", 1)], {}, id="one of them is silent"),
    ],
)
def test_tasks_that_are_executed_twice(
    reports: Sequence[tuple[str, str, float]], twice: dict[str, tuple[str, ...]]
) -> None:
    workers = [Worker(id=id, task=task, last_report=ago(since)) for id, task, since in reports]
    assert facts.twice([*workers, worker("c", "t1")], NOW) == twice
