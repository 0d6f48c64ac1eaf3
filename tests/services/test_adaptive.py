"""Policy `adaptive` over several ticks: it learns from what it sees, and writes no more."""

from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Timing
from autoscaler.core.ledger import Learned, Phase, Ref
from autoscaler.errors import UnavailableError
from tests.services.line import nothing
from tests.services.stage import MINUTE, NOTHING, SECOND, Stage, deployment, resource

KEY = "team/cpu"


def stage(**changes: object) -> Stage:
    """One machine, that works; it booted for three minutes."""
    wanted = resource().model_copy(update={"policy": "adaptive"} | changes)
    made = Stage(wanted=deployment(wanted, timing=Timing(lease=NOTHING)))
    come(made)
    return made


def come(stage: Stage) -> None:
    """A task comes, and runs at once if a machine is there; else on a new one."""
    stage.enqueue()
    stage.agents.work()
    stage.play(MINUTE)
    if stage.waiting():
        stage.minutes(2)
        stage.agents.register()
        stage.agents.work()
        stage.play(MINUTE)


def learned(stage: Stage) -> Learned:
    row = stage.state.read(Ref("learned", KEY))
    assert isinstance(row, Learned)
    return row


def rest(stage: Stage, length: timedelta) -> None:
    """The task ends; the next one comes so much later."""
    stage.agents.finish()
    stage.minutes(length // MINUTE)
    come(stage)


def test_a_machine_goes_after_a_minute_while_nothing_is_known() -> None:
    made = stage()
    made.agents.finish()
    made.minutes(1)
    assert made.instance().phase == Phase.UP
    assert made.did_not(Cause.NOT_IDLE_LONG_ENOUGH).reason == (
        "idle for 0 s; 1 machine more had work so lately that it pays to wait"
    )
    made.minutes(1)
    assert made.did(Cause.IDLE).reason == "idle for 1 min; so many were not needed lately"


def test_the_same_machine_stays_once_it_was_needed_again_later() -> None:
    made = stage()
    rest(made, 4 * MINUTE)
    assert (learned(made).gaps, learned(made).levels) == ("240", "1")
    assert len(made.cloud.calls) == 2  # a new machine: it learns all the same
    for _ in range(3):
        rest(made, 4 * MINUTE)
    assert len(made.cloud.calls) == 2


def test_a_boot_is_learned() -> None:
    made = stage()
    assert learned(made).boots == "180"
    assert learned(made).booted == made.clock.now()


def test_ticks_without_news_write_no_row() -> None:
    made = stage()
    before = learned(made).revision
    made.minutes(5)
    assert learned(made).revision == before
    made.agents.finish()
    made.minutes(1)
    assert learned(made).revision == before + 1


def test_a_restart_in_between_changes_nothing() -> None:
    alone, restarted = stage(), stage()
    for made in (alone, restarted):
        made.agents.finish()
        made.minutes(2)
        if made is restarted:
            made.restart()
        made.enqueue()
        made.play(30 * SECOND)
    assert learned(restarted) == learned(alone)
    assert learned(alone).gaps == "90"


def test_a_doubled_tick_learns_once() -> None:
    made = stage()
    made.agents.finish()
    made.minutes(1)
    made.enqueue()
    rival = made.another_poller("two")
    made.line.before("state.commit", nothing, rival.tick)
    assert made.play(MINUTE).skipped == "another planner took over"
    assert learned(made).gaps == "60"
    made.play(SECOND)
    assert learned(made).gaps == "60"


def test_a_planner_that_lost_its_fence_learns_nothing() -> None:
    made = stage()
    made.agents.finish()
    before = learned(made)

    def moved_on() -> None:
        made.state.commit(put=[before.model_copy(update={"gaps": "7"})])

    made.line.before("state.commit", *[nothing] * 2, moved_on)
    tick = made.tick(MINUTE)
    assert tick.skipped == "another planner took over"
    assert (learned(made).gaps, learned(made).machines) == ("7", before.machines)


def test_what_was_learned_is_kept_while_clearml_is_down() -> None:
    made = stage()
    made.agents.finish()
    made.minutes(1)
    before = learned(made)
    made.break_clearml(UnavailableError("down"))
    made.minutes(2)
    assert learned(made) == before
    made.break_clearml(None)
    made.enqueue()
    made.play(MINUTE)
    assert learned(made).gaps == "180"


def test_a_lost_table_costs_what_was_learned_and_nothing_else() -> None:
    made = stage()
    rest(made, 2 * MINUTE)
    made.lose_the_table()
    made.minutes(5)
    assert made.phases() == [Phase.UP]
    assert (learned(made).gaps, learned(made).machines) == ("", 1)


def test_a_preview_learns_nothing() -> None:
    made = stage()
    made.agents.finish()
    before = learned(made)
    made.advance(MINUTE)
    _, plan = made.poller.preview()
    assert plan.learned[KEY].machines == 0
    assert learned(made) == before


@pytest.mark.parametrize("policy", ["adaptive", "simple"])
def test_no_machine_is_idle_for_longer_than_max_idle(policy: str) -> None:
    made = stage(policy=policy, max_idle=MINUTE)
    made.agents.finish()
    made.minutes(1)
    assert made.instance().phase == Phase.UP
    made.minutes(1)
    assert made.did(Cause.IDLE).reason.startswith("idle for 1 min")
