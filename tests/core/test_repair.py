"""Which tasks died with their machine, and what to do about each."""

from datetime import timedelta

import pytest

from autoscaler.core import repair
from autoscaler.core.ledger import Instance, Phase, Repair
from autoscaler.core.repair import PATIENCE, Step
from autoscaler.core.seen import Task
from tests.core.make import NOW, ago, instance

WORKER = "dyn:a:small:i-1"
GONE = instance(
    phase=Phase.GONE, worker=WORKER, instance_id="i-1", gone_at=ago(1), reason="reclaimed"
)
LATE = GONE.model_copy(update={"gone_at": ago(2)})
POPPED = Task(id="t", status="queued", queue="id-q", changed=ago(9))
WHY = "its machine i-1 was lost (reclaimed)"


def claim(minutes_ago: float = 1, **changes: object) -> Repair:
    values = {"key": "t", "instance": GONE.key, "count": 1, "at": NOW}
    return Repair.model_validate(values | {"claim_until": ago(minutes_ago)} | changes)


def doubt(minutes: int, **changes: object) -> Repair:
    values: dict[str, object] = {
        "key": "t",
        "instance": "",
        "count": 1,
        "at": ago(minutes),
        "claim_until": None,
        "outcome": repair.UNREPORTED,
    }
    return Repair.model_validate(values | changes)


STOPPED = GONE.model_copy(update={"requeue": True, "reason": "budget of lab: spent"})


def running(worker: str) -> Task:
    return Task(id="t", status="in_progress", worker=worker)


@pytest.mark.parametrize(
    ("task", "row", "before", "step"),
    [
        pytest.param(running(WORKER), GONE, None, Step.BRING_BACK, id="it ran there"),
        pytest.param(running(WORKER + ":0"), GONE, None, Step.BRING_BACK, id="in a slot of it"),
        pytest.param(running("dyn:a:small:i-2"), GONE, None, Step.LEAVE, id="it runs elsewhere"),
        pytest.param(running(WORKER), GONE, claim(-1), Step.WAIT, id="somebody is at it"),
        pytest.param(running(WORKER), GONE, claim(), Step.BRING_BACK, id="his claim is over"),
        pytest.param(
            running(WORKER), GONE, claim(outcome="done"), Step.LEAVE, id="it was brought back"
        ),
        pytest.param(
            running(WORKER),
            GONE,
            claim(outcome="done", instance="another"),
            Step.BRING_BACK,
            id="it was brought back from another machine",
        ),
        pytest.param(
            Task(id="t", status="stopped", reason=WHY),
            GONE,
            claim(),
            Step.BRING_BACK,
            id="a try was broken off after its stop",
        ),
        pytest.param(
            Task(id="t", status="stopped", reason="user abort"),
            GONE,
            claim(),
            Step.LEAVE,
            id="its user aborted it",
        ),
        pytest.param(
            Task(id="t", status="created"), GONE, claim(), Step.BRING_BACK, id="after its reset"
        ),
        pytest.param(
            Task(id="t", status="created"), GONE, None, Step.LEAVE, id="somebody reset it"
        ),
        pytest.param(POPPED, GONE, None, Step.WAIT, id="popped a moment before"),
        pytest.param(POPPED, LATE, None, Step.WAIT, id="seen popped for the first time"),
        pytest.param(POPPED, LATE, doubt(1), Step.WAIT, id="doubted for a minute"),
        pytest.param(POPPED, LATE, doubt(2), Step.BRING_BACK, id="nobody spoke of it since"),
        pytest.param(
            POPPED.model_copy(update={"waiting": True}), LATE, None, Step.LEAVE, id="it waits"
        ),
        pytest.param(
            POPPED.model_copy(update={"changed": NOW}), LATE, None, Step.LEAVE, id="popped later"
        ),
        pytest.param(
            Task(id="t", status="completed"), LATE, None, Step.LEAVE, id="it was completed"
        ),
    ],
)
def test_a_task_of_a_lost_machine(
    task: Task, row: Instance, before: Repair | None, step: Step
) -> None:
    assert repair.step(task, row, before, NOW) is step


@pytest.mark.parametrize(
    ("row", "before", "count"),
    [
        pytest.param(GONE, None, 1, id="the first machine that it lost"),
        pytest.param(GONE, claim(), 1, id="the same, tried again"),
        pytest.param(GONE, claim(instance="another"), 2, id="the second"),
        pytest.param(STOPPED, None, 0, id="one that a budget stopped"),
        pytest.param(STOPPED, claim(instance="another"), 1, id="one that a budget stopped later"),
        pytest.param(GONE, claim(instance="another", count=0), 1, id="one after such a one"),
    ],
)
def test_what_counts_as_a_loss(row: Instance, before: Repair | None, count: int) -> None:
    assert repair.claimed(running(WORKER), row, before, NOW, PATIENCE).count == count


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param(GONE, WHY, id="a machine that was lost"),
        pytest.param(
            STOPPED, "its machine i-1 was stopped (budget of lab: spent)", id="one that was not"
        ),
    ],
)
def test_people_read_what_became_of_the_machine(row: Instance, why: str) -> None:
    assert repair.reason(row) == why


def test_a_machine_that_never_had_a_worker_held_nothing() -> None:
    assert repair.worker_ids(instance(worker="")) == ()


def test_a_running_task_of_which_nobody_spoke_for_ten_minutes_is_nobodys() -> None:
    task = running(WORKER)
    assert repair.speaks(task.model_copy(update={"reported": ago(9)}), NOW)
    assert not repair.speaks(task.model_copy(update={"reported": ago(10)}), NOW)
    assert repair.speaks(task, NOW), "one whose last word is unknown may be somebody's"


@pytest.mark.parametrize(
    ("task", "before", "doubts"),
    [
        pytest.param(POPPED, None, True, id="the first look"),
        pytest.param(POPPED, doubt(1), False, id="doubted already"),
        pytest.param(POPPED, claim(-1), False, id="somebody brings it back"),
        pytest.param(POPPED, claim(outcome="done"), True, id="it was brought back before"),
        pytest.param(
            POPPED.model_copy(update={"changed": NOW}), doubt(1), True, id="enqueued since"
        ),
        pytest.param(
            POPPED.model_copy(update={"reported": NOW}), doubt(1), True, id="spoken of since"
        ),
    ],
)
def test_a_popped_task_is_doubted_from_the_first_look_on(
    task: Task, before: Repair | None, *, doubts: bool
) -> None:
    found = repair.doubted(task, before, NOW)
    assert (found is not None) == doubts
    if found:
        assert (found.at, found.outcome) == (NOW, repair.UNREPORTED)
        assert found.count == (before.count if before else 0)
        assert found.queue == "id-q"


@pytest.mark.parametrize(
    ("row", "task", "is_over"),
    [
        pytest.param(claim(), None, True, id="the task does not exist"),
        pytest.param(claim(), Task(id="t", status="completed"), True, id="it was completed"),
        pytest.param(claim(), Task(id="t", status="failed"), True, id="it failed"),
        pytest.param(claim(), Task(id="t", status="stopped"), True, id="it was stopped"),
        pytest.param(claim(), Task(id="t", status="created"), True, id="it was reset"),
        pytest.param(claim(), running(WORKER), False, id="it runs"),
        pytest.param(claim(), POPPED, False, id="it waits, or was popped"),
        pytest.param(claim(-1), None, False, id="somebody is at it"),
        pytest.param(claim(at=NOW - timedelta(days=30)), POPPED, True, id="a month ago"),
        pytest.param(doubt(1), Task(id="t", status="completed"), True, id="a doubt, of the past"),
    ],
)
def test_a_loss_is_remembered_until_its_task_is_done(
    row: Repair, task: Task | None, *, is_over: bool
) -> None:
    assert repair.over(row, task, NOW) == is_over
