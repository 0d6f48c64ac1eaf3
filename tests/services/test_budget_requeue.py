"""A budget that is used up takes tasks off their machines, once, and they run on in time."""

from collections import Counter
from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Budget, Offering, OnLost
from autoscaler.core.ledger import Instance, Phase
from autoscaler.world.clearml import Status
from tests.services.stage import MINUTE, Stage, deployment, resource
from tests.services.test_crashes import survived

PRICED = (Offering(type="small", hourly_price=6.0),)
CPU = resource(offerings=PRICED, max_instances=2, max_spin_up=6 * MINUTE)
LIMIT = Budget(day=3.0, on_budget="requeue")  # two machines for 15 minutes less the time to stop
DAY = timedelta(days=1)


def spent(**changes: object) -> tuple[Stage, list[Instance], list[str]]:
    """Two machines work, two tasks wait, and in less than ten minutes the money is used up."""
    stage = Stage(wanted=deployment(CPU, budget=LIMIT, **changes))
    rows = stage.start(machines=2)
    tasks = list(stage.agents.running.values())
    stage.enqueue(tasks=2)
    return stage, rows, tasks


def test_what_works_is_ended_and_its_tasks_go_to_the_front_of_their_queue() -> None:
    stage, rows, tasks = spent()
    stage.minutes(8)
    assert len(stage.cloud.living()) == 2
    stage.minutes(4)
    assert stage.cloud.living() == []
    assert set(stage.line_up()[:2]) == set(tasks)
    assert len(stage.line_up()) == 4
    told = [event.event for event in stage.told(rows[0].key)]
    assert "UP -> TERMINATING" in told
    assert {f"requeued task {task}" for task in tasks} & set(told)


def test_the_decision_names_its_cause_and_its_reason() -> None:
    stage, _, _ = spent()
    while len(stage.cloud.living()) == 2:
        stage.play(MINUTE)
    told = stage.did(Cause.BUDGET_REQUEUE)
    assert told.count == 2
    assert told.reason.startswith("budget of deployment stage: ")


def test_people_read_in_clearml_which_budget_it_was_while_the_task_waits() -> None:
    stage, rows, tasks = spent()
    stage.minutes(12)
    reasons = {stage.clearml.tasks.get(task).status_reason for task in tasks}
    machines = {f"its machine {row.instance_id} was stopped (budget of deployment" for row in rows}
    assert {reason[: len(min(machines))] for reason in reasons} == machines
    assert all(stage.clearml.tasks.get(task).status is Status.QUEUED for task in tasks)


@pytest.mark.parametrize("policy", ["reset", "fail", "ignore"])
def test_what_becomes_of_lost_tasks_is_not_asked_for_them(policy: str) -> None:
    rule = OnLost.model_validate({"policy": policy, "most": 0})
    stage, _, tasks = spent(on_lost=rule)
    stage.minutes(12)
    assert set(stage.line_up()[:2]) == set(tasks)
    assert all(stage.clearml.tasks.get(task).started for task in tasks), "nothing was reset"


def test_they_run_on_when_the_next_day_has_money_and_have_lost_nothing_so_far() -> None:
    stage, _, tasks = spent(on_lost=OnLost(most=1))
    stage.minutes(20)
    assert [stage.repair(task).count for task in tasks] == [0, 0]
    stage.play(DAY)
    stage.agents.register()
    stage.agents.work()
    stage.play(MINUTE)
    assert set(stage.agents.running.values()) == set(tasks)
    for machine in stage.cloud.living():
        stage.cloud.end(machine.instance_id, "reclaimed")
    stage.play(MINUTE)
    assert [stage.repair(task).count for task in tasks] == [1, 1]
    assert set(stage.line_up()[:2]) == set(tasks)


def test_a_task_that_has_lost_as_many_machines_as_it_may_is_not_failed_by_a_budget() -> None:
    stage = Stage(wanted=deployment(CPU, budget=LIMIT, on_lost=OnLost(most=1)))
    (row,) = stage.start()
    (task,) = stage.agents.running.values()
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.minutes(2)
    stage.agents.register()
    stage.agents.work()
    stage.minutes(30)
    assert stage.cloud.living() == []
    assert stage.line_up() == [task]
    assert stage.repair(task).count == 1


def test_a_task_that_a_machine_had_popped_and_not_begun_comes_back_and_has_lost_nothing() -> None:
    wide = CPU.model_copy(update={"slots": 2, "max_instances": 1})
    stage = Stage(wanted=deployment(wide, budget=LIMIT))
    stage.start()
    (machine,) = stage.cloud.living()
    while not stage.instances(Phase.TERMINATING):
        stage.tick(MINUTE)
    (popped,) = stage.enqueue()
    stage.agents.pop(f"{machine.worker}:1")
    stage.deliver()
    stage.minutes(4)
    assert popped in stage.line_up()
    assert stage.repair(popped).count == 0


def test_a_protected_machine_works_on() -> None:
    stage, (kept, _), _ = spent()
    stage.operator.protect(kept.key, on=True, reason="the demo")
    stage.minutes(20)
    assert [machine.instance_id for machine in stage.cloud.living()] == [kept.instance_id]


def test_a_machine_that_is_protected_a_moment_before_the_decision_is_written_works_on() -> None:
    stage, (kept, _), _ = spent()
    stage.minutes(8)

    def protect() -> None:
        stage.operator.protect(kept.key, on=True, reason="the demo")

    for _ in range(4):
        stage.line.before("queues.read", protect)
        stage.play(MINUTE)
    assert [machine.instance_id for machine in stage.cloud.living()] == [kept.instance_id]


def played(crash_at: int | None = None, *, crowd: bool = False) -> tuple[Stage, list[str]]:
    """The story with a death before a call; `crowd`: another planner and reaper are at it too."""
    stage, _, tasks = spent()
    stage.restart(deployment(CPU, budget=LIMIT.model_copy(update={"day": 1.0})))
    stage.line.calls.clear()
    stage.line.crash_at = crash_at
    done: Counter[str] = Counter()
    stage.line.watch = lambda: done.update(stage.line.calls[-1:])
    for minute in range(12):
        with survived(stage):
            if crowd and minute % 2:
                stage.advance(MINUTE)
                stage.another_poller("two").tick()
                for row in stage.instances():
                    stage.reaper(row.key)
            stage.play(MINUTE)
        if not stage.instances():
            break
    assert (crash_at, done["tasks.enqueue"], stage.instances()) == (crash_at, 2, [])
    return stage, tasks


@pytest.mark.slow
@pytest.mark.parametrize("crowd", [False, True], ids=["alone", "with another planner"])
def test_a_crash_between_any_two_calls_requeues_each_task_once(*, crowd: bool) -> None:
    calls = played(crowd=crowd)[0].line.calls
    assert "tasks.stop" in calls
    for number in range(len(calls)):
        stage, tasks = played(number, crowd=crowd)
        assert set(stage.line_up()[:2]) == set(tasks), number
        assert len(stage.line_up()) == 4, number
        assert [stage.repair(task).count for task in tasks] == [0, 0], number
        events = [event.event for event in stage.told()]
        assert stage.cloud.living() == [], number
        assert all(events.count(f"requeued task {task}") <= 1 for task in tasks), number
