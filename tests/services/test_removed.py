"""What becomes of the machines of an autoscaler that is taken out of the configuration."""

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Autoscaler, Deployment, OnShutdown
from autoscaler.core.ledger import DecisionRow, Phase
from autoscaler.world.clearml import Status
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

GPU = resource("gpu", autoscaler="crew", queues=("gpu",), max_idle=60 * MINUTE)


def both(wish: OnShutdown) -> Deployment:
    crew = Autoscaler(name="crew", prefix="crew", on_shutdown=wish, resources=(GPU,))
    return deployment().model_copy(update={"autoscalers": (*deployment().autoscalers, crew)})


def removed(wish: OnShutdown = "idle", *, before: OnShutdown | None = None) -> Stage:
    """Crew has a machine that works and one that is idle when it leaves the configuration."""
    stage = Stage(wanted=both(before or wish))
    stage.start(machines=2, queue="gpu")
    worker = max(stage.agents.running)
    stage.agents.finish_one(worker)
    stage.play(MINUTE)
    stage.restart(both(wish))
    stage.play(MINUTE)
    stage.restart(deployment())
    return stage


def test_leave_leaves_them_as_they_are() -> None:
    stage = removed("leave")
    stage.minutes(30)
    assert stage.phases() == [Phase.UP, Phase.UP]
    tick = stage.play(MINUTE)
    verdicts = [each for each in tick.plan.did_not if each.cause == Cause.LEFT_ALONE]
    assert [each.autoscaler for each in verdicts] == ["crew", "crew"]


def test_idle_stops_what_is_idle_and_lets_tasks_finish() -> None:
    stage = removed("idle")
    stage.minutes(5)
    assert len(stage.cloud.living()) == 1
    stage.agents.finish()
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_all_ends_what_works_as_well_and_its_task_goes_back_to_its_queue() -> None:
    stage = removed("all")
    (task,) = stage.agents.running.values()
    stage.minutes(3)
    assert stage.cloud.living() == []
    assert stage.line_up("gpu") == [task]
    found = stage.clearml.tasks.get(task)
    assert found.status is Status.QUEUED
    assert "was stopped (autoscaler crew left the configuration with on_shutdown: all" in (
        found.status_reason
    )
    told = [event.event for event in stage.told()]
    assert told.count(f"requeued task {task}") == 1


def test_all_does_not_wait_for_what_boots() -> None:
    stage = Stage(wanted=both("all"))
    stage.enqueue("gpu")
    stage.play()
    stage.restart(deployment())
    stage.play(SECOND)
    assert [row.drain_reason for row in stage.instances()] == [
        "resource crew/gpu is no longer in the configuration"
    ]


@pytest.mark.parametrize(("before", "wish", "left"), [("all", "leave", 2), ("leave", "all", 0)])
def test_the_last_wish_that_a_tick_saw_counts(
    before: OnShutdown, wish: OnShutdown, left: int
) -> None:
    stage = removed(wish, before=before)
    stage.minutes(3)
    assert len(stage.cloud.living()) == left


def test_the_wish_stands_in_the_table_for_as_long_as_it_may_be_needed() -> None:
    stage = removed("all")
    stage.minutes(3)
    assert stage.decision("crew").on_shutdown == "all"


def test_without_a_wish_in_the_table_only_what_is_idle_goes() -> None:
    stage = removed("all")
    rows = [r for r in stage.state.live() if isinstance(r, DecisionRow) and r.key == "crew"]
    stage.state.commit(remove=rows)
    stage.minutes(3)
    assert len(stage.cloud.living()) == 1


def test_an_autoscaler_that_comes_back_is_as_any_other() -> None:
    stage = removed("leave")
    stage.minutes(2)
    stage.restart(both("leave"))
    stage.minutes(61)
    assert len(stage.cloud.living()) == 1


def test_a_protected_machine_works_on() -> None:
    stage = removed("all")
    (worker,) = stage.agents.running
    (row,) = [row for row in stage.instances() if row.worker == worker]
    stage.operator.protect(row.key, on=True, reason="")
    stage.minutes(5)
    assert [machine.worker for machine in stage.cloud.living()] == [worker]
