"""A task that loses machine after machine gets an on-demand one, until it is done."""

from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Phase, Repair
from autoscaler.errors import UnavailableError
from autoscaler.services.forget import EVERY
from autoscaler.world.clearml import Move
from tests.services.line import nothing
from tests.services.scripts import FULL, says
from tests.services.stage import MINUTE, Stage, resource

SPOT, DEAR = Offering(type="cheap", market="spot"), Offering(type="dear")
SOME = timedelta(minutes=EVERY)


def interrupted(times: int, *offerings: Offering) -> tuple[Stage, str]:
    """One task, put back after it lost so many machines."""
    stage = Stage(resource(max_instances=1, offerings=offerings or (SPOT, DEAR)))
    (task,) = stage.enqueue()
    for _ in range(times):
        runs(stage)
        (row,) = stage.instances(Phase.UP)
        stage.cloud.end(row.instance_id, "reclaimed")
        stage.tick(MINUTE)
        for message in stage.topic.receive(stage.clock.now()):
            if message.kind == "reap":
                stage.hand_over(message)
    return stage, task


def runs(stage: Stage) -> None:
    """The task that waits gets a machine and runs."""
    stage.play(MINUTE)
    stage.play(MINUTE)
    stage.agents.register()
    stage.agents.work()
    stage.play(MINUTE)


def repairs(stage: Stage) -> list[Repair]:
    return [row for row in stage.state.live() if isinstance(row, Repair)]


def last_market(stage: Stage) -> str:
    return stage.cloud.calls[-1].offering


@pytest.mark.parametrize(
    ("times", "offering"),
    [
        pytest.param(0, "cheap:spot", id="spot is first"),
        pytest.param(1, "cheap:spot", id="and after one interruption still"),
        pytest.param(2, "dear:on-demand", id="after two, on-demand"),
    ],
)
def test_a_task_that_was_interrupted_twice_gets_an_on_demand_machine(
    times: int, offering: str
) -> None:
    stage, task = interrupted(times)
    runs(stage)
    assert last_market(stage) == offering
    assert stage.agents.hands[stage.cloud.living()[0].worker] == task


def test_the_order_says_why() -> None:
    stage, task = interrupted(2)
    stage.tick(MINUTE)
    words = f"on-demand first: task {task} lost 2 machines"
    assert stage.did(Cause.DEMAND).reason.endswith(words)
    (launch,) = [each for each in stage.launches() if each.state == "OPEN"]
    assert (launch.prefer, launch.reason.endswith(words)) == ("on-demand", True)


def test_where_on_demand_cannot_be_had_spot_is_better_than_nothing() -> None:
    stage, _ = interrupted(2)
    stage.cloud.answers.append(says(FULL))
    runs(stage)
    assert [call.offering for call in stage.cloud.calls[-2:]] == ["dear:on-demand", "cheap:spot"]
    assert len(stage.cloud.living()) == 1


def test_a_resource_without_on_demand_goes_on_as_before() -> None:
    stage, _ = interrupted(2, SPOT)
    runs(stage)
    assert last_market(stage) == "cheap:spot"


# --- and until when ---------------------------------------------------------------------------


def test_when_the_task_is_done_it_is_forgotten_and_spot_is_first_again() -> None:
    stage, _ = interrupted(2)
    runs(stage)
    stage.agents.finish()
    stage.minutes(40)
    assert (repairs(stage), stage.instances()) == ([], [])
    stage.enqueue()
    runs(stage)
    assert last_market(stage) == "cheap:spot"


def test_while_the_task_waits_or_runs_nothing_is_forgotten() -> None:
    stage, task = interrupted(2)
    runs(stage)
    stage.minutes(3 * EVERY)
    assert [(row.key, row.count) for row in repairs(stage)] == [(task, 2)]


def test_while_the_row_of_its_machine_is_there_nothing_is_forgotten() -> None:
    stage, _ = interrupted(1)
    runs(stage)
    stage.agents.finish()
    (row,) = repairs(stage)
    stage.state.commit(put=[row.model_copy(update={"instance": stage.instances(Phase.UP)[0].key})])
    stage.minutes(EVERY)
    assert len(repairs(stage)) == 1


@pytest.mark.parametrize("end", ["aborted", "deleted"])
def test_a_task_that_its_user_ended_is_forgotten_too(end: str) -> None:
    stage, task = interrupted(1)
    stage.clearml.tasks.stopped(task, Move(force=True, reason="user abort"))
    if end == "deleted":
        stage.clearml.tasks.delete(task, force=True)
    stage.minutes(2 * EVERY)
    assert repairs(stage) == []


def test_what_was_lost_a_month_ago_is_forgotten_though_the_task_goes_on() -> None:
    stage, _ = interrupted(1)
    runs(stage)
    (row,) = repairs(stage)
    old = row.model_copy(update={"at": stage.clock.now() - timedelta(days=31)})
    stage.state.commit(put=[old])
    stage.minutes(2 * EVERY)
    assert repairs(stage) == []


def forgotten_soon(limit: int = 100) -> Stage:
    """The next tick forgets three tasks that do not exist."""
    stage = Stage(limit=limit)
    stage.minutes(EVERY - 1)
    for number in range(3):
        stage.state.commit(put=[gone(f"t{number}")])
    return stage


def gone(task: str) -> Repair:
    return Repair.model_validate(
        {
            "key": task,
            "instance": "L1.0",
            "queue": "q",
            "count": 1,
            "at": Stage().clock.now(),
            "claim_until": None,
        }
    )


def test_tasks_are_asked_for_once_in_ten_ticks() -> None:
    stage = forgotten_soon()
    stage.line.calls.clear()
    stage.minutes(1)
    assert (repairs(stage), stage.line.calls.count("tasks.read")) == ([], 1)
    stage.state.commit(put=[gone("t")])
    stage.minutes(EVERY - 1)
    assert (len(repairs(stage)), stage.line.calls.count("tasks.read")) == (1, 1)


def test_they_leave_in_portions_that_the_store_allows() -> None:
    stage = forgotten_soon(limit=2)
    stage.minutes(1)
    assert repairs(stage) == []


def test_one_that_is_lost_again_meanwhile_stays_with_its_portion_until_the_next_time() -> None:
    stage = forgotten_soon(limit=2)

    def lost_again() -> None:
        stage.state.commit(put=[row for row in repairs(stage) if row.key == "t0"])

    stage.line.before("state.commit", nothing, nothing, nothing, lost_again)
    stage.minutes(1)
    assert [row.key for row in repairs(stage)] == ["t0", "t1"]
    stage.minutes(EVERY)
    assert repairs(stage) == []


def test_while_clearml_is_down_nothing_is_forgotten() -> None:
    stage = forgotten_soon()
    stage.tasks.broken = UnavailableError("connection refused")
    stage.minutes(1)
    assert len(repairs(stage)) == 3
