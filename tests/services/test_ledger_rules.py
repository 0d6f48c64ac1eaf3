"""What a row promises: places kept, machines bound, launches settled, closed (R4, R8 to R12)."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase
from autoscaler.ports import Answer, Launched, Order
from tests.services.line import nothing
from tests.services.scripts import FULL, says, times_out
from tests.services.stage import MINUTE, SECOND, Stage, deployment, offerings, resource

TWO = resource(offerings=offerings("small", "large"))
OTHER = resource("other", queues=("gpu",))
MARGIN = timedelta(seconds=180)


def test_r4_rows_are_counted_however_long_the_listing_lags() -> None:
    stage = Stage()
    stage.cloud.lag = 100 * SECOND
    stage.enqueue(tasks=9)
    for _ in range(20):
        stage.play(15 * SECOND)
        assert len(stage.cloud.living()) == 3


def test_r4_machines_that_nobody_was_told_of_are_in_the_maximum() -> None:
    stage = Stage()
    stage.cloud.lag = timedelta(hours=1)
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue(tasks=9)
    stage.play()
    stage.play(MINUTE)
    assert (stage.phases(), len(stage.cloud.living())) == ([Phase.REQUESTED] * 3, 3)
    assert stage.did_not(Cause.RESOURCE_MAX).count == 6


def test_r4_a_worker_without_a_row_is_no_capacity() -> None:
    stage = Stage()
    stage.clearml.workers.register("dyn:cpu:small:mine", user=stage.clearml.user)
    stage.enqueue()
    stage.play()
    assert len(stage.cloud.living()) == 1
    assert stage.decision().idle == 0


def test_r8_while_a_call_may_still_land_nothing_is_asked_elsewhere_and_no_row_released() -> None:
    stage = Stage(resource(max_instances=1, offerings=offerings("small", "large")))
    stage.cloud.answers.extend([times_out] * 20)
    stage.enqueue()
    stage.minutes(17)
    assert {order.attempt for order in stage.cloud.calls} == {1}
    assert (stage.launch().state, stage.phases()) == ("OPEN", [Phase.REQUESTED])


def test_r8_past_its_deadline_nobody_calls_and_the_look_settles_it() -> None:
    stage = Stage(resource(max_instances=1, offerings=offerings("small", "large")))
    stage.cloud.answers.extend([times_out] * 20)
    stage.enqueue()
    stage.play()
    stage.minutes(15)
    called = len(stage.cloud.calls)
    stage.minutes(3)
    assert (stage.launch().state, stage.phases()) == ("OPEN", [Phase.REQUESTED])
    assert len(stage.cloud.calls) == called
    (row,) = stage.instances()
    stage.play(MINUTE)
    assert stage.instance(row.key).reason == "never launched: its deadline passed"
    assert len(stage.instances(Phase.REQUESTED)) == 1


def test_r8_each_call_starts_the_look_again() -> None:
    stage = Stage()
    stage.cloud.answers.append(times_out)
    stage.enqueue()
    stage.play()
    stage.tick(2 * MINUTE)
    assert stage.launch().look_since == stage.clock.now()
    stage.cloud.answers.append(times_out)
    stage.deliver()
    assert stage.launch().look_since is None


def test_r8_a_machine_that_shows_up_during_the_look_is_bound_before_anything_is_settled() -> None:
    stage = Stage(TWO)
    stage.cloud.lag = 250 * SECOND
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue(tasks=2)
    stage.play()
    stage.topic.receive(stage.clock.now())
    for _ in range(5):
        stage.tick(MINUTE)
    assert stage.phases() == [Phase.BOOTING] * 2
    assert (len(stage.cloud.living()), len(stage.cloud.calls)) == (2, 1)


def test_r8_a_machine_that_is_listed_but_not_bound_yet_keeps_its_call_unsettled() -> None:
    stage = Stage(TWO)
    stage.cloud.lag = 290 * SECOND
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue()
    stage.play()
    for _ in range(4):
        stage.tick(MINUTE)

    def touch() -> None:
        stage.state.commit(put=[stage.instance()])

    stage.line.before("state.commit", nothing, touch)  # the claim of the fence, then the binding
    stage.tick(MINUTE)
    assert (stage.phases(), stage.launch().unsettled) == ([Phase.REQUESTED], True)
    stage.tick(MINUTE)
    assert (stage.phases(), stage.launch().unsettled) == ([Phase.BOOTING], False)


def test_r9_a_machine_gets_the_row_of_its_place_in_the_order() -> None:
    stage = Stage(TWO)

    def only_the_second(order: Order) -> Answer:
        first, second, third = stage.cloud.start(order).machines
        stage.cloud.forget(first.instance_id)
        stage.cloud.forget(third.instance_id)
        return Launched(machines=(second,))

    stage.cloud.answers.append(only_the_second)
    stage.enqueue(tasks=3)
    stage.play()
    assert [order.indexes for order in stage.cloud.calls] == [(0, 1, 2), (0, 2)]
    bound = {row.index: row.instance_id.split("-", 2)[2] for row in stage.instances()}
    assert bound == {0: "2-0", 1: "1-1", 2: "2-1"}


def test_r9_the_planner_binds_what_the_launcher_was_not_told_of() -> None:
    stage = Stage()
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue(tasks=2)
    stage.play()
    assert stage.phases() == [Phase.REQUESTED] * 2
    stage.tick(SECOND)
    assert stage.phases() == [Phase.BOOTING] * 2
    assert len(stage.cloud.calls) == 1


def test_r9_launcher_and_planner_bind_one_machine_once() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    stage.line.before("state.commit", nothing, stage.tick)
    stage.deliver()
    events = [e for e in stage.told(stage.instance().key) if e.event == "REQUESTED -> BOOTING"]
    assert [e.by for e in events] == ["poller"]


def test_r10_with_no_offering_left_the_launch_is_closed_and_then_its_rows_released() -> None:
    stage = Stage(TWO)
    stage.cloud.answers.extend([says(FULL)] * 2)
    stage.enqueue()
    stage.play()
    stage.play(MINUTE)
    assert [event.event for event in stage.told()][-2:] == ["CLOSED", "REQUESTED -> GONE"]
    row = stage.instance()
    assert row.reason == (
        "never launched: no offering is left (small:on-demand: InsufficientInstanceCapacity;"
        " large:on-demand: InsufficientInstanceCapacity)"
    )
    assert stage.did_not(Cause.OFFERINGS_UNAVAILABLE).count == 1
    stage.minutes(3)
    assert [m.type for m in stage.cloud.living()] == ["small"]


def test_r10_a_launch_that_somebody_calls_for_just_now_is_not_closed() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    launcher = stage.launcher
    stage.restart(deployment(OTHER))
    stage.line.before("state.commit", nothing, lambda: launcher(stage.launch().key))
    stage.tick(MINUTE)
    assert (stage.launch().state, stage.phases()) == ("OPEN", [Phase.BOOTING])
    assert len(stage.cloud.living()) == 1


def test_r10_between_close_and_release_nobody_calls() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    launcher = stage.launcher
    stage.restart(deployment(OTHER))
    stage.line.before("state.commit", nothing, nothing, lambda: launcher(stage.launch().key))
    stage.tick(MINUTE)
    assert (stage.launch().state, stage.instances(Phase.GONE)[0].index) == ("CLOSED", 0)
    assert stage.cloud.calls == []


def test_r10_a_machine_that_dies_is_replaced_by_the_plan_and_not_by_its_launch() -> None:
    stage = Stage()
    stage.enqueue()
    stage.play()
    stage.cloud.end(stage.instance().instance_id, "reclaimed")
    stage.play(MINUTE)
    assert sorted(launch.count for launch in stage.launches()) == [1, 1]
    assert stage.phases() == [Phase.BOOTING, Phase.GONE]


def test_a_launch_of_a_resource_that_left_the_configuration_is_closed_uncalled() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    stage.restart(deployment(OTHER))
    stage.play(MINUTE)
    assert (stage.launch().state, stage.phases()) == ("CLOSED", [Phase.GONE])
    assert stage.launch().reason == "resource team/cpu is no longer in the configuration"
    assert stage.cloud.calls == []


def test_r12_a_machine_that_is_not_listed_keeps_its_place_for_one_margin() -> None:
    stage = Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.advance(MARGIN)
    stage.cloud.forget(row.instance_id)
    stage.enqueue()
    stage.play(MINUTE)
    assert stage.instance().missing_since == stage.clock.now()
    stage.play(MARGIN - SECOND)
    assert (stage.phases(), len(stage.cloud.calls)) == ([Phase.UP], 1)
    stage.play(SECOND)
    assert stage.instance(row.key).phase == Phase.GONE
    assert stage.instance(row.key).reason == "not listed for 3 min"
    assert len(stage.cloud.calls) == 2


def test_r12_a_machine_that_is_too_young_to_be_listed_is_not_absent() -> None:
    stage = Stage(resource(max_instances=1)).unseen()
    stage.enqueue()
    stage.play()
    for _ in range(2):
        stage.play(MINUTE)
        assert stage.instance().missing_since is None
    stage.play(MINUTE)
    assert stage.instance().missing_since == stage.clock.now()


def test_r12_a_machine_that_is_listed_again_was_never_missing() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.advance(MARGIN)
    machine = stage.cloud.living()[0]
    for _ in range(3):
        stage.cloud.forget(row.instance_id)
        stage.play(MINUTE)
        assert stage.instance().missing_since
        stage.cloud.intrude(machine)
        stage.play(MINUTE)
        assert stage.instance().missing_since is None
    assert stage.phases() == [Phase.UP]


def test_r12_a_terminated_record_is_proof_at_once() -> None:
    stage = Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.cloud.end(row.instance_id, "Server.SpotInstanceTermination")
    stage.enqueue()
    stage.play(SECOND)
    assert stage.instance(row.key).reason == "Server.SpotInstanceTermination"
    assert len(stage.cloud.living()) == 1


def test_r12_gone_rows_stay_in_the_table_for_one_margin() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.agents.finish()
    stage.cloud.end(row.instance_id, "powered off")
    stage.play(MINUTE)
    stage.play(MARGIN - SECOND)
    assert stage.phases() == [Phase.GONE]
    stage.play(SECOND)
    assert stage.instances() == []
