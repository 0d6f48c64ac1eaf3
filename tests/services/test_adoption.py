"""Machines that no row names: adopted when they are ours, left alone when not (R11)."""

from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.launching import token
from autoscaler.core.ledger import Phase, Ref
from autoscaler.core.seen import Machine
from autoscaler.errors import UnavailableError
from tests.services.line import CrashError, crash, nothing
from tests.services.scripts import times_out
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

NEVER_SEEN = timedelta(days=1)
ONE = resource(max_instances=1)


def machine(**changes: object) -> Machine:
    """A machine with our tags. The token is ours too, unless changed."""
    values: dict[str, object] = {
        "instance_id": "stray",
        "state": "living",
        "autoscaler": "team",
        "resource": "cpu",
        "launch": "old",
        "attempt": 1,
        "position": 0,
        "token": token("stage", "old", 1),
        "worker": "dyn:cpu:small:stray",
    }
    return Machine.model_validate(values | changes)


def released() -> Stage:
    """A machine that started unseen, and whose row was released after the look."""
    stage = Stage(ONE)
    stage.cloud.lag = NEVER_SEEN
    stage.cloud.answers.extend([stage.cloud.lose, *[times_out] * 20])
    (task,) = stage.enqueue()
    stage.play()
    stage.minutes(15)
    stage.clearml.tasks.dequeue(task)
    stage.minutes(4)
    assert stage.phases() == [Phase.GONE]
    return stage


def test_r11_a_machine_that_shows_up_after_its_row_was_released_gets_its_row_back() -> None:
    stage = released()
    (row,) = stage.instances()
    stage.cloud.lag = timedelta(0)
    stage.tick(MINUTE)
    assert stage.instance(row.key).phase == Phase.BOOTING
    assert stage.instance(row.key).reason.startswith("found alive after it was given up")
    stage.agents.register()
    stage.play(MINUTE)
    assert stage.phases() == [Phase.UP]


def test_r11_a_machine_that_shows_up_when_its_row_is_archived_gets_a_row_of_its_own() -> None:
    stage = released()
    stage.minutes(4)
    assert stage.instances() == []
    stage.cloud.lag = timedelta(0)
    stage.tick(MINUTE)
    (living,) = stage.cloud.living()
    row = stage.instance()
    assert (row.key, row.phase) == (living.instance_id, Phase.BOOTING)
    assert row.reason == "adopted: it carries our tags and no row named it"
    stage.agents.register()
    stage.minutes(20)
    assert stage.cloud.living() == []
    assert stage.instances() == []


def test_r11_adopted_machines_count_and_nothing_is_launched_above_the_maximum() -> None:
    stage = Stage(ONE)
    stage.start()
    stage.cloud.intrude(machine())
    stage.enqueue()
    stage.play(MINUTE)
    assert stage.phases() == [Phase.BOOTING, Phase.UP]
    stage.minutes(3)
    assert len(stage.cloud.calls) == 1
    stage.cloud.end("stray", "gone")
    stage.minutes(2)
    assert len(stage.cloud.calls) == 1
    assert stage.did_not(Cause.RESOURCE_MAX).count == 1


def test_r11_a_machine_given_up_for_absence_is_taken_back_when_its_launch_is_archived() -> None:
    stage = Stage(ONE)
    (row,) = stage.start()
    (living,) = stage.cloud.living()
    stage.minutes(4)
    assert stage.launches() == []
    stage.cloud.forget(row.instance_id)
    stage.minutes(4)
    assert stage.instance().phase == Phase.GONE
    stage.cloud.intrude(living)
    stage.play(MINUTE)
    assert (stage.phases(), stage.instance().key) == ([Phase.UP], row.key)
    assert "GONE -> BOOTING" in [event.event for event in stage.told(row.key)]


def test_a_machine_taken_back_is_no_longer_to_be_ended_by_force() -> None:
    stage = Stage(ONE)
    (row,) = stage.start()
    (living,) = stage.cloud.living()
    stage.advance(3 * MINUTE)
    stage.operator.terminate(row.key, "")
    stage.cloud.forget(row.instance_id)
    stage.minutes(4)
    stage.cloud.intrude(living)
    stage.play(MINUTE)
    assert (stage.instance().phase, stage.instance().forced) == (Phase.UP, False)


def test_r11_a_stranger_whose_token_is_not_ours_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(resource(max_idle=MINUTE))
    stage.cloud.intrude(machine(token="guessed"))
    stage.play()
    stage.minutes(30)
    assert [m.instance_id for m in stage.cloud.living()] == ["stray"]
    assert stage.instances() == []
    assert "stranger_left_alone" in caplog.messages


def test_r11_a_stranger_that_names_a_waiting_row_does_not_get_it() -> None:
    stage = Stage()
    stage.enqueue()
    stage.cloud.answers.append(times_out)
    stage.play()
    launch = stage.launch().key
    stage.cloud.intrude(machine(launch=launch, token="guessed"))
    stage.play(SECOND)
    assert stage.phases() == [Phase.REQUESTED]
    stage.minutes(2)
    assert stage.instance().instance_id == f"m-{launch}-1-0"


def test_r11_a_stranger_that_names_a_launch_does_not_keep_it_open() -> None:
    stage = Stage(ONE)
    stage.cloud.answers.extend([times_out] * 20)
    (task,) = stage.enqueue()
    stage.play()
    stage.cloud.intrude(machine(launch=stage.launch().key, token="guessed"))
    stage.minutes(15)
    stage.clearml.tasks.dequeue(task)
    stage.minutes(4)
    assert stage.launch().state == "CLOSED"


def test_r11_a_machine_that_its_order_never_asked_for_gets_a_row_of_its_own() -> None:
    stage = Stage()
    stage.start()
    launch = stage.launch().key
    second = machine(launch=launch, position=1, token=token("stage", launch, 1))
    stage.cloud.intrude(second)
    stage.play(MINUTE)
    assert stage.instance("stray").phase == Phase.BOOTING


def test_r11_a_second_machine_for_a_row_that_has_one_gets_a_row_of_its_own() -> None:
    stage = Stage()
    (row,) = stage.start()
    twin = stage.cloud.living()[0].model_copy(update={"instance_id": "twin"})
    stage.cloud.intrude(twin)
    stage.play(MINUTE)
    assert stage.instance(row.key).instance_id == row.instance_id
    assert stage.instance("twin").phase == Phase.BOOTING


def test_r11_what_is_already_ending_is_not_adopted() -> None:
    stage = Stage()
    stage.cloud.intrude(machine(state="stopping"))
    stage.cloud.intrude(machine(instance_id="dead", state="gone"))
    stage.play()
    assert stage.instances() == []


def test_r11_a_dead_machine_still_gets_the_row_that_waits_for_it() -> None:
    stage = Stage(ONE)
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue()
    stage.play()
    stage.cloud.end(stage.cloud.living()[0].instance_id, "reclaimed")
    stage.play(SECOND)
    (row,) = stage.instances(Phase.GONE)
    assert (row.attempt, row.reason) == (1, "reclaimed")


def test_machines_of_a_resource_nobody_configured_are_adopted_and_let_go() -> None:
    stage = Stage()
    stage.cloud.intrude(machine(resource="removed"))
    stage.play()
    assert stage.instance().autoscaler == "team"
    stage.play(MINUTE)
    assert stage.cloud.living() == []


def test_r11_two_planners_adopt_one_machine_once() -> None:
    stage = Stage()
    stage.play()
    stage.cloud.intrude(machine())
    rival = stage.another_poller("two")

    def overtake() -> None:
        stage.clock.advance(MINUTE)
        rival.tick()

    stage.line.before("state.commit", nothing, overtake)
    stage.tick(MINUTE)
    assert [row.key for row in stage.instances()] == ["stray"]
    assert [e.event for e in stage.told("stray")] == ["BOOTING"]


def test_r11_a_machine_whose_row_the_query_does_not_show_yet_is_not_adopted_again() -> None:
    stage = Stage()
    stage.play()
    stage.cloud.intrude(machine())
    rival = stage.another_poller("two")
    known: list[int] = []

    def between(ref: Ref) -> None:
        if ref.kind == "instance":
            stage.state.between = None
            assert stage.instances() == []
            stage.clock.advance(MINUTE)
            known.append(len(rival.tick().seen.supply))

    stage.state.between = between
    stage.tick(MINUTE)
    assert (known, [row.key for row in stage.instances()]) == ([1], ["stray"])


# --- the table was lost ---


def test_a_lost_table_is_filled_from_the_machines_and_nothing_is_launched_for_a_margin() -> None:
    stage = Stage()
    stage.start(machines=2)
    stage.lose_the_table()
    stage.enqueue(tasks=5)
    stage.play(MINUTE)
    assert stage.phases() == [Phase.BOOTING, Phase.BOOTING]
    assert stage.did_not(Cause.RECOVERING).count == 3
    stage.minutes(2)
    assert stage.phases() == [Phase.UP, Phase.UP]
    assert len(stage.cloud.living()) == 2
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 3


def test_a_lost_table_is_not_trusted_before_every_machine_could_be_listed() -> None:
    stage = Stage()
    stage.start(machines=3)
    stage.lose_the_table()
    stage.enqueue(tasks=3)
    stage.cloud.broken = UnavailableError("timeout")
    stage.minutes(10)
    stage.cloud.broken = None
    stage.minutes(5)
    assert len(stage.cloud.living()) == len(stage.instances()) == 3


def test_a_crash_in_the_first_tick_after_the_loss_does_not_forget_it() -> None:
    stage = Stage()
    stage.start(machines=3)
    stage.cloud.lag = 150 * SECOND
    stage.lose_the_table()
    stage.enqueue(tasks=3)
    stage.line.before("cloud.machines", crash)
    with pytest.raises(CrashError):
        stage.tick(SECOND)
    stage.restart()
    stage.minutes(4)
    assert len(stage.cloud.living()) == len(stage.instances()) == 3


def test_a_lost_table_is_not_trusted_while_a_listing_still_shows_machines_without_rows() -> None:
    stage = Stage()
    stage.start(machines=3)
    hidden = stage.cloud.living()[0]
    stage.lose_the_table()
    stage.enqueue(tasks=3)
    stage.line.before("cloud.machines", crash)
    with pytest.raises(CrashError):
        stage.tick(SECOND)
    stage.restart()
    stage.cloud.forget(hidden.instance_id)
    stage.play(4 * MINUTE)
    stage.cloud.intrude(hidden)
    stage.minutes(5)
    assert len(stage.cloud.living()) == len(stage.instances()) == 3


def test_a_new_table_without_machines_starts_at_once() -> None:
    stage = Stage()
    stage.enqueue()
    stage.play()
    assert len(stage.cloud.living()) == 1
    assert stage.fence().recover_until is None


def test_machines_of_another_deployment_of_the_same_name_are_not_ours_by_tags_alone() -> None:
    stage = Stage(wanted=deployment(name="stage"))
    stage.cloud.intrude(machine(token=token("their-stage", "old", 1)))
    stage.play()
    assert stage.instances() == []


def test_an_adopted_machine_brings_its_queues_its_slots_and_its_configuration() -> None:
    stage = Stage(resource(slots=2, config_hash="c0ffee"))
    (row,) = stage.start()
    stage.lose_the_table()
    stage.minutes(2)
    (adopted,) = stage.instances()
    assert adopted.key == row.instance_id
    assert (adopted.queue_ids, adopted.slots) == (row.queue_ids, 2)
    assert adopted.config_hash == "c0ffee"
