"""What a person does by hand: each act is in the table and in the history, with who and why."""

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Autoscaler
from autoscaler.core.ledger import Control, Event, Instance, Phase, Ref
from autoscaler.errors import ConfigError, StaleWriteError
from autoscaler.services.operate import Operator
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

QUICK = resource(max_idle=2 * MINUTE)
CREW = Autoscaler(
    name="crew",
    prefix="crew",
    resources=(resource("gpu", autoscaler="crew", queues=("gpu",)),),
)
BOTH = deployment().model_copy(update={"autoscalers": (*deployment(QUICK).autoscalers, CREW)})


def last_event(stage: Stage, subject: str) -> tuple[str, str, str, str]:
    event = [event for event in stage.told(subject) if event.by == "ada"][-1]
    return event.autoscaler, event.event, event.reason, event.by


def idle() -> tuple[Stage, Instance]:
    stage = Stage(QUICK)
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    return stage, stage.instance(row.key)


def test_a_paused_autoscaler_starts_nothing_and_the_others_go_on() -> None:
    stage = Stage(wanted=BOTH)
    stage.operator.pause("team", scale_out=True, scale_in=False, reason="moving house")
    stage.enqueue("cpu")
    stage.enqueue("gpu")
    stage.play(MINUTE)
    assert [m.autoscaler for m in stage.cloud.living()] == ["crew"]
    verdict = stage.did_not(Cause.SCALE_OUT_PAUSED)
    assert verdict.reason == (
        "scale-out was paused by ada at 2026-01-01 00:00+00:00: moving house"
    )
    assert verdict.remedy == "autoscaler resume team"
    assert last_event(stage, "team") == ("team", "paused scale-out", "moving house", "ada")


def test_what_was_paused_goes_on_when_it_is_resumed() -> None:
    stage = Stage(QUICK)
    stage.operator.pause("team", scale_out=True, scale_in=True, reason="moving house")
    stage.enqueue()
    stage.play()
    row = stage.operator.resume("team", scale_out=True, scale_in=False)
    assert (row.scale_out, row.scale_in) == (True, False)
    assert last_event(stage, "team") == ("team", "resumed scale-out", "", "ada")
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 1


def test_everything_can_be_paused_at_once() -> None:
    stage = Stage(wanted=BOTH)
    stage.operator.pause(None, scale_out=True, scale_in=True, reason="")
    stage.enqueue("cpu")
    stage.enqueue("gpu")
    stage.play()
    assert stage.cloud.living() == []
    assert stage.did_not(Cause.SCALE_OUT_PAUSED).remedy == "autoscaler resume"
    assert last_event(stage, "*") == ("*", "paused scale-out and scale-in", "", "ada")
    stage.operator.resume(None, scale_out=True, scale_in=True)
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 2


def test_a_paused_scale_in_lets_no_machine_go() -> None:
    stage, _ = idle()
    stage.operator.pause("team", scale_out=False, scale_in=True, reason="")
    stage.minutes(10)
    assert len(stage.cloud.living()) == 1
    assert Cause.SCALE_IN_PAUSED in stage.causes()
    stage.operator.resume("team", scale_out=False, scale_in=True)
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_pausing_one_thing_leaves_the_other_as_it_was() -> None:
    stage = Stage()
    stage.operator.pause("team", scale_out=True, scale_in=False, reason="")
    row = stage.operator.pause("team", scale_out=False, scale_in=True, reason="")
    assert (row.scale_out, row.scale_in) == (False, False)


def test_a_protected_machine_stays_until_it_is_not() -> None:
    stage, row = idle()
    stage.operator.protect(row.instance_id, on=True, reason="I am debugging")
    stage.minutes(10)
    assert stage.did_not(Cause.PROTECTED).remedy.startswith("autoscaler protect")
    assert last_event(stage, row.key)[1:] == ("protected", "I am debugging", "ada")
    stage.operator.protect(row.key, on=False, reason="")
    assert last_event(stage, row.key)[1:] == ("no longer protected", "", "ada")
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_a_person_may_drain_a_machine_that_is_protected() -> None:
    stage, row = idle()
    stage.operator.protect(row.key, on=True, reason="")
    stage.operator.drain(row.worker, "a new image")
    assert last_event(stage, row.key)[1:] == ("drain asked for", "a new image", "ada")
    stage.play(SECOND)
    assert stage.cloud.living() == []
    stage.play(MINUTE)
    assert stage.instance().reason == "drained by ada: a new image; drained"


def test_a_drain_by_hand_still_waits_for_the_task() -> None:
    stage = Stage(QUICK)
    (row,) = stage.start()
    after = stage.operator.drain(row.key, "")
    assert (after.phase, after.drain_reason) == (Phase.DRAINING, "drained by ada")
    stage.minutes(2)
    assert (len(stage.cloud.living()), stage.phases()) == (1, [Phase.UP])


def test_a_terminate_by_hand_does_not_wait() -> None:
    stage = Stage(QUICK)
    (row,) = stage.start()
    after = stage.operator.terminate(row.key, "")
    assert (after.phase, after.forced) == (Phase.TERMINATING, True)
    assert last_event(stage, row.key)[1:] == ("terminate asked for", "", "ada")
    stage.play(SECOND)
    assert stage.cloud.living() == []


def test_a_machine_that_is_on_its_way_out_is_not_drained_again() -> None:
    stage, row = idle()
    stage.operator.drain(row.key, "")
    with pytest.raises(ConfigError, match=r"it is DRAINING .*nothing was changed"):
        stage.operator.drain(row.key, "")


def test_a_machine_that_does_not_exist_yet_cannot_be_ended() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    with pytest.raises(ConfigError, match="it is REQUESTED"):
        stage.operator.terminate(stage.instance().key, "")


def test_a_wrong_autoscaler_is_answered_with_those_that_exist() -> None:
    stage = Stage(wanted=BOTH)
    with pytest.raises(ConfigError) as caught:
        stage.operator.pause("tema", scale_out=True, scale_in=True, reason="")
    (problem,) = caught.value.problems
    assert (problem.value, problem.remedy) == ("tema", "not one of team, crew")


def test_a_wrong_instance_is_answered_with_where_to_find_them() -> None:
    stage, _ = idle()
    with pytest.raises(ConfigError, match="no such instance; `autoscaler status` lists them"):
        stage.operator.protect("m-nowhere", on=True, reason="")


class Contested:
    """An operator whose rows are moved by somebody else, so many times, before each write."""

    def __init__(self, stage: Stage, ref: Ref, times: int) -> None:
        self._stage = stage
        self._ref = ref
        stage.line.before("state.commit", *[self._touch] * times)
        state = stage.line.wire("state", stage.state)
        self.operator = Operator(stage.deployment, state, stage.clock, stage.ids, by="ada")

    def _touch(self) -> None:
        row = self._stage.state.read(self._ref)
        self._stage.state.commit(put=[row or Control(key="team", at=self._stage.clock.now())])


def test_an_act_is_tried_again_when_the_row_moved_meanwhile() -> None:
    stage, row = idle()
    Contested(stage, row.ref, 4).operator.protect(row.key, on=True, reason="")
    assert stage.instance().protected
    control = Contested(stage, Ref("control", "team"), 4).operator
    assert not control.pause("team", scale_out=True, scale_in=False, reason="").scale_out


def test_an_act_that_never_gets_through_says_so_and_changes_nothing() -> None:
    stage, row = idle()
    with pytest.raises(StaleWriteError, match="kept moving; try again"):
        Contested(stage, row.ref, 5).operator.protect(row.key, on=True, reason="")
    with pytest.raises(StaleWriteError, match="kept moving; try again"):
        Contested(stage, Ref("control", "team"), 5).operator.resume(
            "team", scale_out=True, scale_in=True
        )
    assert not stage.instance().protected
    assert not [e for e in stage.state.history() if isinstance(e, Event) and e.by == "ada"]
