"""The main job, from a waiting task to an empty table."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Instance, Launch, Phase, Ref
from tests.services.scripts import FULL, says, starts
from tests.services.stage import MINUTE, Stage, offerings, resource

QUICK = resource(max_idle=5 * MINUTE)


def test_a_waiting_task_gets_a_machine_in_the_first_tick() -> None:
    stage = Stage(QUICK)
    stage.enqueue()
    tick = stage.play()
    (machine,) = stage.cloud.living()
    row = stage.instance()
    assert (row.phase, row.instance_id) == (Phase.BOOTING, machine.instance_id)
    assert tick.ordered == (row.launch,)
    assert stage.did(Cause.DEMAND).count == 1


def test_a_machine_lives_from_demand_to_archive_and_its_events_tell_the_story() -> None:
    stage = Stage(QUICK)
    stage.start()
    stage.play(10 * MINUTE)
    stage.agents.finish()
    stage.minutes(11)
    assert (stage.cloud.living(), stage.instances()) == ([], [])
    launch = "0" * 25 + "1"
    machine, demand = f"{launch}.0", "1 task waiting in cpu, 1 without a slot, the oldest for 0 s"
    assert [(e.subject, e.event, e.by, e.reason) for e in stage.told()] == [
        (launch, "ordered 1", "poller", demand),
        (launch, "attempt 1: small:on-demand", "launcher", demand),
        (machine, "REQUESTED -> BOOTING", "launcher", f"launched: m-{launch}-1-0"),
        (launch, "CLOSED", "poller", "every machine it ordered was launched"),
        (machine, "BOOTING -> UP", "poller", "registered 1 min after its launch"),
        (machine, "UP", "poller", "its last task ended"),
        (machine, "UP -> DRAINING", "poller", "idle for 5 min, limit 5 min"),
        (machine, "DRAINING -> GONE", "poller", "idle for 5 min, limit 5 min; drained"),
    ]


def test_the_history_keeps_the_rows_that_left_the_table() -> None:
    stage = Stage(QUICK)
    stage.start()
    stage.agents.finish()
    stage.minutes(15)
    kept = {row.kind: row for row in stage.state.history() if isinstance(row, Instance | Launch)}
    assert {type(row) for row in kept.values()} == {Instance, Launch}
    assert stage.state.read(Ref("request", "0" * 25 + "1.1")) is None
    assert [row.kind for row in stage.state.live()] == ["fence", "decision"]


def test_a_machine_that_became_idle_takes_the_next_task_and_stays() -> None:
    stage = Stage(QUICK)
    stage.start()
    stage.agents.finish()
    stage.minutes(3)
    stage.enqueue()
    stage.play(MINUTE)
    assert Cause.COVERED in stage.causes()
    stage.agents.work()
    stage.minutes(10)
    assert stage.phases() == [Phase.UP]
    assert len(stage.cloud.calls) == 1


def test_nothing_is_launched_while_machines_boot_for_the_waiting_tasks() -> None:
    stage = Stage(QUICK)
    stage.enqueue(tasks=2)
    stage.minutes(5)
    assert len(stage.cloud.living()) == 2
    assert stage.did_not(Cause.COVERED).count == 2


def test_more_tasks_than_the_maximum_get_the_maximum_and_a_reason() -> None:
    stage = Stage(QUICK)
    stage.enqueue(tasks=5)
    stage.minutes(3)
    assert len(stage.cloud.living()) == 3
    verdict = stage.did_not(Cause.RESOURCE_MAX)
    assert (verdict.count, verdict.reason) == (2, "team/cpu is at 3 of max_instances 3")


def test_two_resources_serve_their_queues_side_by_side() -> None:
    stage = Stage(resource("cpu"), resource("gpu", queues=("gpu",), offerings=offerings("big")))
    stage.enqueue("cpu", 2)
    stage.enqueue("gpu", 1)
    stage.play()
    assert sorted(m.type for m in stage.cloud.living()) == ["big", "small", "small"]
    queues = {order.resource: order.queue_ids for order in stage.cloud.calls}
    assert queues["cpu"] != queues["gpu"]


def test_a_machine_with_slots_serves_as_many_tasks_at_once() -> None:
    stage = Stage(resource(slots=2, max_idle=5 * MINUTE))
    stage.enqueue(tasks=3)
    stage.play()
    assert len(stage.cloud.living()) == 2
    stage.agents.register()
    stage.agents.work()
    stage.play(MINUTE)
    assert len(stage.agents.running) == 3
    assert (stage.decision().busy, stage.decision().idle) == (2, 0)
    stage.agents.finish()
    stage.minutes(10)
    assert stage.cloud.living() == []


def test_a_minimum_is_kept_without_any_task_and_is_never_drained() -> None:
    stage = Stage(resource(min_instances=2, max_idle=MINUTE))
    stage.play()
    assert stage.did(Cause.MINIMUM).count == 2
    stage.agents.register()
    stage.minutes(10)
    assert stage.phases() == [Phase.UP, Phase.UP]
    assert stage.did_not(Cause.KEPT_FOR_MINIMUM).count == 2


def test_only_what_is_idle_too_long_goes_and_what_works_stays() -> None:
    stage = Stage(QUICK)
    first, second = stage.start(machines=2)
    stage.agents.finish_one(first.worker)
    stage.minutes(9)
    assert [row.key for row in stage.instances(Phase.UP)] == [second.key]
    assert [m.worker for m in stage.cloud.living()] == [second.worker]


def test_while_machines_are_on_their_way_the_next_tick_is_asked_for_early() -> None:
    stage = Stage(QUICK)
    stage.play()
    assert "poke" not in published(stage)
    stage.enqueue()
    stage.play(MINUTE)
    assert "poke" in published(stage)
    stage.agents.register()
    stage.play(MINUTE)
    asked = published(stage).count("poke")
    stage.play(MINUTE)
    assert published(stage).count("poke") == asked


def published(stage: Stage) -> list[str]:
    return [message.kind for message in stage.topic.published]


def test_a_tick_says_whether_any_machine_lives() -> None:
    stage = Stage(QUICK)
    assert not stage.play().living
    stage.enqueue()
    assert stage.play(MINUTE).living
    stage.agents.register()
    stage.agents.work()
    assert stage.play(MINUTE).living
    stage.agents.finish()
    stage.minutes(9)
    assert not stage.play(MINUTE).living


def test_the_decision_row_counts_what_the_tick_saw() -> None:
    stage = Stage(QUICK)
    stage.start()
    stage.enqueue(tasks=2)
    stage.play(timedelta(seconds=30))
    row = stage.decision()
    assert (row.waiting, row.busy, row.booting, row.idle, row.live) == (2, 1, 0, 0, 3)
    assert row.oldest == stage.clock.now() - timedelta(seconds=30)


def priced(stage: Stage) -> dict[str, float | None]:
    return {row.type: row.hourly_price for row in stage.instances(Phase.BOOTING)}


def test_a_row_knows_the_price_of_its_machine_whoever_bound_it() -> None:
    dear = Offering(type="dear", zone="zone-a", market="spot", hourly_price=3.5)
    by_launcher, by_planner, adopted = (Stage(resource(offerings=(dear,))) for _ in range(3))
    by_planner.cloud.answers.append(by_planner.cloud.lose)
    for stage in (by_launcher, by_planner, adopted):
        stage.enqueue()
        stage.play()
    by_planner.tick(MINUTE)
    adopted.lose_the_table()
    adopted.tick(MINUTE)
    assert [priced(stage) for stage in (by_launcher, by_planner, adopted)] == [{"dear": 3.5}] * 3


def test_of_two_idle_machines_the_dearer_one_goes() -> None:
    cheap = Offering(type="cheap", hourly_price=0.5)
    dear = Offering(type="dear", hourly_price=5.0)
    stage = Stage(resource(offerings=(cheap, dear), min_instances=1, max_idle=MINUTE))
    stage.cloud.answers.extend([starts(stage.cloud, 1), says(FULL)])
    stage.start(machines=2)
    assert sorted(row.type for row in stage.instances()) == ["cheap", "dear"]
    stage.agents.finish()
    stage.minutes(5)
    assert [machine.type for machine in stage.cloud.living()] == ["cheap"]
