"""What a tick leaves for people, what it remembers of failed boots, and what it would do."""

from collections.abc import Callable

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Autoscaler
from autoscaler.core.ledger import Breaker, Phase, Ref
from tests.services.stage import MINUTE, SECOND, Stage, deployment, offerings, resource
from tests.services.test_adoption import machine

BAD_IMAGE = resource(max_instances=1, max_spin_up=2 * MINUTE, margin=MINUTE)


def breaker(stage: Stage) -> Breaker:
    row = stage.state.read(Ref("breaker", "team/cpu"))
    assert isinstance(row, Breaker)
    return row


def fail_boots(stage: Stage, times: int) -> None:
    """Boot after boot that never registers, until so many have ended."""
    for _ in range(60):
        stage.play(MINUTE)
        row = stage.state.read(Ref("breaker", "team/cpu"))
        if isinstance(row, Breaker) and row.failures >= times:
            return
    raise AssertionError


def test_three_failed_boots_in_a_row_open_the_breaker() -> None:
    stage = Stage(BAD_IMAGE)
    stage.enqueue()
    fail_boots(stage, 2)
    assert len(stage.cloud.calls) == 3
    fail_boots(stage, 3)
    stage.minutes(3)
    assert len(stage.cloud.calls) == 3
    verdict = stage.did_not(Cause.BREAKER_OPEN)
    assert verdict.reason.startswith("the last 3 boots failed (no worker registered within 2 min")
    assert breaker(stage).open_until is not None


def test_after_the_pause_one_machine_is_tried_and_a_failure_doubles_the_pause() -> None:
    stage = Stage(resource(max_instances=3, max_spin_up=2 * MINUTE))
    stage.enqueue(tasks=3)
    stage.play()
    fail_boots(stage, 3)
    assert len(stage.cloud.calls) == 1
    first = breaker(stage).open_until
    assert first == stage.clock.now() + 5 * MINUTE
    stage.minutes(5)
    assert [order.indexes for order in stage.cloud.calls] == [(0, 1, 2), (0,)]
    fail_boots(stage, 4)
    assert breaker(stage).open_until == stage.clock.now() + 10 * MINUTE


def test_a_machine_that_registers_closes_the_breaker() -> None:
    stage = Stage(BAD_IMAGE)
    stage.enqueue(tasks=2)
    fail_boots(stage, 3)
    stage.minutes(5)
    stage.agents.register()
    stage.play(SECOND)
    assert (breaker(stage).failures, breaker(stage).open_until) == (0, None)


def test_an_older_machine_that_goes_on_working_does_not_close_the_breaker() -> None:
    stage = Stage(resource(max_instances=2, max_spin_up=2 * MINUTE))
    stage.start()
    stage.enqueue()
    fail_boots(stage, 1)
    stage.agents.finish()
    stage.play(MINUTE)
    assert breaker(stage).failures >= 1


def test_a_boot_that_a_person_ended_before_its_time_is_no_failure() -> None:
    stage = Stage(BAD_IMAGE)
    (task,) = stage.enqueue()
    stage.play()
    stage.operator.terminate(stage.instance().key, "wrong image")
    stage.clearml.tasks.dequeue(task)
    stage.minutes(2)
    assert stage.phases() == [Phase.GONE]
    assert stage.state.read(Ref("breaker", "team/cpu")) is None


def test_an_order_that_was_never_filled_is_no_failed_boot() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    stage.restart(deployment(resource("other")))
    stage.play(MINUTE)
    assert stage.state.read(Ref("breaker", "team/cpu")) is None


def test_each_autoscaler_has_its_own_row_and_reads_only_what_concerns_it() -> None:
    crew = Autoscaler(
        name="crew",
        prefix="crew",
        max_instances=7,
        resources=(resource("gpu", autoscaler="crew", queues=("gpu",)),),
    )
    wanted = deployment()
    wanted = wanted.model_copy(update={"autoscalers": (*wanted.autoscalers, crew)})
    stage = Stage(wanted=wanted)
    stage.enqueue("cpu", 2)
    stage.play()
    team, other = stage.decision("team"), stage.decision("crew")
    assert (team.waiting, team.live, team.max) == (2, 2, None)
    assert (other.waiting, other.live, other.max) == (0, 0, 7)
    assert [v.cause for v in team.did] == [Cause.DEMAND]
    assert other.did == ()
    assert {v.queue for v in other.did_not} == {"gpu"}


def test_a_drain_is_noted_with_its_machine_and_its_reason() -> None:
    stage = Stage(resource(max_idle=2 * MINUTE))
    (row,) = stage.start()
    stage.agents.finish()
    stage.minutes(3)
    verdict = stage.did(Cause.IDLE)
    assert (verdict.instance, verdict.reason) == (row.key, "idle for 2 min, limit 2 min")


def test_an_event_names_who_when_and_why() -> None:
    stage = Stage()
    stage.enqueue()
    stage.play()
    event = stage.told(stage.instance().key)[-1]
    assert (event.by, event.at, event.autoscaler) == ("launcher", stage.clock.now(), "team")
    assert event.reason.startswith("launched: ")


# --- preview ---


def waiting(stage: Stage) -> None:
    stage.enqueue(tasks=5)


def idle(stage: Stage) -> None:
    stage.start(machines=2)
    stage.agents.finish()
    stage.minutes(2)


def dying(stage: Stage) -> None:
    stage.start(machines=3)
    for each in stage.cloud.living():
        stage.cloud.end(each.instance_id, "reclaimed")
    stage.enqueue()


def stray(stage: Stage) -> None:
    stage.play()
    stage.cloud.intrude(machine())
    stage.enqueue(tasks=3)


def lost(stage: Stage) -> None:
    stage.start(machines=2)
    stage.lose_the_table()
    stage.enqueue(tasks=2)


def tripping(stage: Stage) -> None:
    stage.enqueue(tasks=3)
    stage.play()
    for each in stage.cloud.living():
        stage.cloud.end(each.instance_id, "kernel panic")


@pytest.mark.parametrize("story", [waiting, idle, dying, stray, lost, tripping])
def test_a_preview_tells_what_the_tick_then_does(story: Callable[[Stage], None]) -> None:
    stage = Stage(resource(max_idle=2 * MINUTE))
    story(stage)
    stage.advance(MINUTE)
    seen, plan = stage.poller.preview()
    tick = stage.poller.tick()
    assert plan == tick.plan
    assert seen == tick.seen
    assert plan.launches or plan.drains or plan.did_not


@pytest.mark.parametrize("story", [waiting, idle, dying, stray, lost])
def test_a_preview_writes_nothing_and_asks_for_nothing(story: Callable[[Stage], None]) -> None:
    stage = Stage(resource(max_idle=2 * MINUTE, offerings=offerings("small")))
    story(stage)
    stage.advance(MINUTE)
    rows, told, before = stage.state.live(), stage.state.history(), len(stage.line.calls)
    stage.poller.preview()
    assert (stage.state.live(), stage.state.history()) == (rows, told)
    reads = {"state.live", "state.read", "workers.read", "queues.read", "cloud.machines"}
    assert set(stage.line.calls[before:]) <= reads
