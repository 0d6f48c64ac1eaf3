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


# --- many at once ---


def mixed() -> tuple[Stage, list[str]]:
    """A machine that works, one that is idle, one that is idle and protected, one that boots."""
    stage = Stage(resource(max_instances=9), resource("gpu", queues=("gpu",)))
    rows = stage.start(machines=3)
    working, idle_one, guarded = sorted(row.key for row in rows)
    for row in rows:
        if row.key != working:
            stage.agents.finish_one(row.worker)
    stage.play(MINUTE)
    stage.operator.protect(guarded, on=True, reason="")
    stage.enqueue("gpu")
    stage.play()
    (coming,) = [row.key for row in stage.instances(Phase.BOOTING)]
    return stage, [working, idle_one, guarded, coming]


def test_what_is_idle_goes_at_once_and_nothing_else_does() -> None:
    stage, (working, idle_one, guarded, coming) = mixed()
    assert [row.key for row in stage.operator.drain_idle("team", "cheaper")] == [idle_one]
    assert last_event(stage, idle_one)[1:] == ("drain asked for", "cheaper", "ada")
    stage.play(SECOND)
    stage.play(SECOND)
    assert stage.instance(idle_one).reason == "drained by ada: cheaper; drained"
    assert {row.key for row in stage.instances() if row.phase != Phase.GONE} == {
        working,
        guarded,
        coming,
    }


def test_a_machine_whose_worker_is_silent_is_not_called_idle() -> None:
    stage, row = idle()
    stage.agents.mute.add(row.worker)
    stage.clearml.workers.unregister(row.worker, user=stage.clearml.user)
    stage.play(SECOND)
    assert stage.instance().silent_since
    assert stage.operator.drain_idle(None, "") == []


def test_of_a_minimum_as_many_start_again() -> None:
    stage = Stage(resource(min_instances=1))
    stage.play()
    stage.agents.register()
    stage.play(MINUTE)
    assert len(stage.operator.drain_idle(None, "")) == 1
    stage.minutes(2)
    assert len(stage.cloud.calls) == 2
    assert len(stage.cloud.living()) == 1


def test_everything_goes_what_works_when_its_task_ends() -> None:
    stage, (working, idle_one, guarded, coming) = mixed()
    stage.operator.pause(None, scale_out=True, scale_in=False, reason="")
    done = {row.key: row.phase for row in stage.operator.drain_all(None, "moving")}
    assert done == {working: Phase.UP, idle_one: Phase.DRAINING, coming: Phase.DRAINING}
    assert last_event(stage, working)[1:] == ("to go once it has no task", "moving", "ada")
    assert stage.operator.drain_all(None, "moving") == []
    stage.minutes(6)
    assert {row.key for row in stage.instances(Phase.UP)} == {working, guarded}
    stage.agents.finish()
    stage.play(MINUTE)
    assert stage.did(Cause.DISMISSED).reason == "drained by ada: moving"
    stage.play(MINUTE)
    assert {row.key for row in stage.instances(Phase.UP)} == {guarded}


def test_one_that_takes_a_task_meanwhile_goes_after_it() -> None:
    stage, row = idle()
    stage.enqueue()
    stage.agents.pop(row.worker)
    stage.operator.drain_all("team", "")
    stage.deliver()
    stage.agents.begin(row.worker)
    stage.minutes(2)
    assert stage.instance().phase == Phase.UP
    stage.agents.finish()
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_one_that_is_only_ordered_goes_when_it_is_up() -> None:
    stage = Stage(QUICK)
    (task,) = stage.enqueue()
    stage.tick()
    assert [row.phase for row in stage.operator.drain_all(None, "")] == [Phase.REQUESTED]
    stage.deliver()
    stage.clearml.tasks.dequeue(task)
    stage.agents.register()
    stage.play(SECOND)
    stage.play(SECOND)
    assert stage.cloud.living() == []


def test_its_idle_slots_are_counted_on_no_more() -> None:
    stage = Stage(resource(slots=2))
    stage.start()
    stage.operator.drain_all(None, "")
    stage.enqueue()
    stage.play(MINUTE)
    assert len(stage.cloud.calls) == 2


def test_many_at_once_are_those_of_one_autoscaler() -> None:
    stage = Stage(wanted=BOTH)
    stage.enqueue("cpu")
    stage.enqueue("gpu")
    stage.play()
    assert [row.autoscaler for row in stage.operator.drain_all("crew", "")] == ["crew"]
    with pytest.raises(ConfigError, match="not one of team, crew"):
        stage.operator.drain_all("tema", "")


def test_one_that_takes_a_task_before_the_row_is_written_is_not_drained_for_being_idle() -> None:
    stage, row = idle()

    def work() -> None:
        now = stage.instance()
        stage.state.commit(put=[now.model_copy(update={"idle_since": None})])

    stage.line.before("state.commit", work)
    state = stage.line.wire("state", stage.state)
    operator = Operator(stage.deployment, state, stage.clock, stage.ids, by="ada")
    assert operator.drain_idle(None, "") == []
    assert stage.instance().phase == Phase.UP
    assert row.key == stage.instance().key


def test_an_instance_that_leaves_the_table_meanwhile_is_no_longer_known() -> None:
    stage, row = idle()
    stage.line.before("state.commit", lambda: stage.state.commit(remove=[stage.instance()]))
    state = stage.line.wire("state", stage.state)
    operator = Operator(stage.deployment, state, stage.clock, stage.ids, by="ada")
    with pytest.raises(ConfigError, match="no such instance"):
        operator.drain(row.key, "")
