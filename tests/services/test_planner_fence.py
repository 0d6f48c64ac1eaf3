"""One planner at a time, enforced by the fence; and what it wrote is counted by the next one."""

from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase, Ref
from autoscaler.services.poll import Tick
from tests.services.line import CrashError, crash, nothing
from tests.services.stage import MINUTE, Stage, resource

BUSY = "another planner is at work"
TAKEN = "another planner took over"
LEASE = timedelta(seconds=51)


class Rival:
    """Another poller that ticks when the story says so."""

    def __init__(self, stage: Stage, wait: timedelta = timedelta(0)) -> None:
        self._stage = stage
        self._wait = wait
        self._poller = stage.another_poller("two")
        self.ticks: list[Tick] = []

    def __call__(self) -> None:
        self._stage.clock.advance(self._wait)
        self.ticks.append(self._poller.tick())


def test_r2_a_second_planner_does_nothing_while_the_first_is_at_work() -> None:
    stage = Stage()
    stage.enqueue(tasks=3)
    rival = Rival(stage)
    stage.line.before("cloud.machines", rival)
    first = stage.play()
    assert [tick.skipped for tick in rival.ticks] == [BUSY]
    assert (first.skipped, len(stage.instances())) == ("", 3)


def test_r2_the_next_planner_need_not_wait_once_the_lease_is_given_back() -> None:
    stage = Stage()
    stage.play()
    rival = Rival(stage)
    rival()
    assert rival.ticks[0].skipped == ""


def test_r2_of_two_planners_that_claim_at_once_one_gets_the_fence() -> None:
    stage = Stage()
    stage.enqueue(tasks=3)
    rival = Rival(stage)
    stage.line.before("state.commit", rival)
    first = stage.play()
    assert (first.skipped, rival.ticks[0].skipped) == (BUSY, "")
    assert len(stage.instances()) == 3


def test_r2_a_planner_that_slept_beyond_its_lease_commits_nothing() -> None:
    stage = Stage()
    stage.play()
    stage.enqueue(tasks=3)
    rival = Rival(stage, LEASE)
    stage.line.before("cloud.machines", rival)
    zombie = stage.play(MINUTE)
    assert (zombie.skipped, zombie.ordered) == (TAKEN, ())
    assert len(zombie.plan.launches) == 1
    assert len(rival.ticks[0].ordered) == 1
    assert len(stage.cloud.living()) == len(stage.instances()) == 3


def test_r2_a_planner_that_slept_beyond_its_lease_overwrites_no_decision() -> None:
    stage = Stage()
    stage.play()
    rival = Rival(stage, LEASE)
    stage.line.before("cloud.machines", rival)
    zombie = stage.play(MINUTE)
    assert zombie.skipped == TAKEN
    assert stage.decision().gen == rival.ticks[0].gen == zombie.gen + 1


def test_r2_a_fence_lost_between_two_launches_of_a_plan_stops_the_rest() -> None:
    stage = Stage(resource(max_instances=6), limit=5)
    stage.enqueue(tasks=6)
    rival = Rival(stage, LEASE)
    stage.line.before("state.commit", nothing, nothing, rival)  # claim, first launch, second
    zombie = stage.play()
    assert (zombie.skipped, len(zombie.ordered)) == (TAKEN, 1)
    assert [len(tick.ordered) for tick in rival.ticks] == [2]
    assert len(stage.instances()) == len(stage.cloud.living()) == 6


def test_a_plan_is_split_into_launches_that_fit_a_transaction() -> None:
    stage = Stage(resource(max_instances=6), limit=5)
    stage.enqueue(tasks=5)
    stage.play()
    assert sorted(launch.count for launch in stage.launches()) == [1, 2, 2]
    assert len(stage.cloud.living()) == 5


def test_r3_rows_that_the_query_does_not_show_yet_are_counted() -> None:
    stage = Stage(resource(max_instances=6), limit=5)
    stage.enqueue(tasks=6)
    rival = Rival(stage, LEASE)
    shown: list[int] = []

    def between(ref: Ref) -> None:
        if ref.kind == "launch":
            stage.state.between = None
            shown.append(len(stage.instances()))
            rival()

    stage.state.between = between
    stage.play()
    assert shown == [0]
    assert rival.ticks[0].seen.supply[0].instance.phase == Phase.REQUESTED
    assert len(stage.instances()) == len(stage.cloud.living()) == 6


def test_r3_the_manifest_names_every_row_of_a_plan_of_several_launches() -> None:
    stage = Stage(resource(max_instances=6), limit=5)
    stage.enqueue(tasks=5)
    stage.tick()
    rows = [*stage.launches(), *stage.instances()]
    assert set(stage.fence().manifest) == {f"{row.kind}/{row.key}" for row in rows}


def test_r3_a_row_of_the_manifest_that_is_absent_was_finished() -> None:
    stage = Stage()
    stage.order()
    stage.state.commit(remove=[*stage.launches(), *stage.instances()])
    assert stage.fence().manifest
    assert stage.tick(MINUTE).seen.supply == ()


def test_r3_what_a_planner_has_read_is_no_news_for_the_next() -> None:
    stage = Stage()
    stage.order()
    stage.tick(MINUTE)
    assert stage.fence().manifest == ()


def test_r3_a_planner_that_dies_hands_the_manifest_on() -> None:
    stage = Stage()
    stage.order()
    manifest = stage.fence().manifest
    stage.line.before("workers.read", crash)
    with pytest.raises(CrashError):
        stage.tick(MINUTE)
    assert stage.fence().manifest == manifest != ()


def test_r2_a_drain_of_a_planner_that_lost_the_fence_is_not_written() -> None:
    stage = Stage(resource(max_idle=MINUTE))
    stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.advance(MINUTE)
    rival = Rival(stage, LEASE)
    stage.line.before("state.commit", nothing, rival)  # the claim, then the drain
    zombie = stage.poller.tick()
    assert (len(zombie.plan.drains), zombie.drained, zombie.skipped) == (1, (), TAKEN)
    assert rival.ticks[0].drained == (stage.instance().key,)


def test_a_drain_of_a_row_that_a_person_just_protected_is_left_out() -> None:
    stage = Stage(resource(max_idle=MINUTE))
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.advance(MINUTE)

    def protect() -> None:
        stage.operator.protect(row.key, on=True, reason="debugging")

    stage.line.before("state.commit", nothing, protect)
    tick = stage.poller.tick()
    assert (len(tick.plan.drains), tick.drained, tick.skipped) == (1, (), "")
    assert stage.instance().phase == Phase.UP
    stage.play(MINUTE)
    assert stage.did_not(Cause.PROTECTED).instance == row.key


def test_a_fact_that_somebody_else_wrote_first_is_read_again() -> None:
    stage = Stage()
    stage.enqueue()
    stage.play()
    stage.agents.register()
    rival = Rival(stage, LEASE)
    stage.line.before("state.commit", nothing, rival)  # the claim, then BOOTING -> UP
    zombie = stage.play(MINUTE)
    assert zombie.seen.supply[0].instance.phase == Phase.UP
    assert len(stage.told(stage.instance().key)) == 2


def test_a_row_that_left_the_table_while_its_fact_was_written_is_forgotten() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.agents.finish()

    def remove() -> None:
        stage.state.commit(remove=[stage.instance()])

    stage.line.before("state.commit", nothing, remove)
    tick = stage.play(MINUTE)
    assert tick.seen.supply == ()
