"""Budgets at work: what is paid for is known to the second, whatever crashes and whoever plans."""

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Budget, Deployment, Offering
from autoscaler.core.ledger import Instance, Phase, Ref, Spend
from autoscaler.core.periods import HOUR
from autoscaler.core.purses import purses
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource
from tests.services.test_crashes import WRITES, play, survived

PRICED = (Offering(type="small", hourly_price=6.0),)
CPU = resource(offerings=PRICED, max_instances=9, max_idle=MINUTE, max_spin_up=6 * MINUTE)
NEW = 6.0 * (3 + 6 + 5) / 60  # to be seen, to boot, to be stopped


def limited(**money: object) -> Deployment:
    return deployment(CPU, budget=Budget.model_validate(money))


def spent(stage: Stage, scope: str = "*") -> Spend:
    row = stage.state.read(Ref("spend", scope))
    assert isinstance(row, Spend)
    return row


def paid(stage: Stage) -> float:
    """The integral of the price over the life of every machine that the history knows."""
    rows = [row for row in stage.state.history() if isinstance(row, Instance)]
    return sum(
        (row.hourly_price or 0.0) * ((row.gone_at - row.launched_at) / HOUR)
        for row in rows
        if row.gone_at and row.launched_at
    )


def test_a_budget_lets_start_what_it_can_pay_and_says_what_keeps_the_rest() -> None:
    stage = Stage(wanted=limited(day=2 * NEW + 0.1))
    stage.enqueue(tasks=4)
    stage.play()
    assert len(stage.cloud.living()) == 2
    assert stage.did_not(Cause.BUDGET).count == 2


def test_an_idle_machine_goes_when_the_budget_is_used_up_and_a_busy_one_may_finish() -> None:
    stage = Stage(wanted=limited(day=3.0))
    first, second = stage.start(machines=2)
    stage.minutes(20)
    stage.agents.finish_one(first.worker)
    stage.enqueue(tasks=5)
    stage.play(SECOND)
    assert stage.did(Cause.OVER_BUDGET).instance == first.key
    assert [machine.worker for machine in stage.cloud.living()] == [second.worker]
    assert stage.instance(second.key).phase == Phase.UP
    assert len(stage.cloud.calls) == 1


def test_what_a_machine_cost_is_remembered_when_its_row_has_left_the_table() -> None:
    stage = Stage(wanted=limited(month=100))
    stage.start(machines=2)
    stage.agents.finish()
    stage.minutes(30)
    assert stage.instances() == []
    assert spent(stage).month == pytest.approx(paid(stage))
    assert spent(stage, "team") == spent(stage).model_copy(update={"key": "team"})
    assert spent(stage, "queue:cpu").day == spent(stage).day


def test_a_tick_in_which_nothing_happens_writes_and_asks_the_same_for_any_number() -> None:
    def calls(machines: int) -> list[str]:
        stage = Stage(wanted=limited(day=1000))
        stage.start(machines)
        stage.play(MINUTE)
        stage.line.calls.clear()
        stage.play(MINUTE)
        return stage.line.calls

    assert calls(1) == calls(9)


@pytest.mark.slow
@pytest.mark.parametrize("crowd", [False, True], ids=["alone", "with another planner"])
def test_a_crash_before_any_write_counts_no_money_twice_and_forgets_none(crowd: bool) -> None:
    def played(crash_at: int | None = None) -> Stage:
        stage = Stage(wanted=limited(month=100))
        stage.line.crash_at = crash_at
        play(stage)
        for minute in range(8):
            with survived(stage):
                if crowd and minute % 2:
                    stage.advance(2 * MINUTE)
                    stage.another_poller("two").tick()
                stage.play(MINUTE)
        assert stage.instances() == []
        assert paid(stage) > 0
        assert spent(stage).month == pytest.approx(paid(stage)), crash_at
        return stage

    calls = played().line.calls
    for number in [n for n, call in enumerate(calls) if call in WRITES]:
        played(number)


@pytest.mark.parametrize("worker_after", [None, 0, 5], ids=["none comes", "at once", "late"])
@pytest.mark.parametrize("period", ["hour", "day", "month"])
def test_machines_that_never_get_a_task_never_pass_a_budget(
    worker_after: int | None, period: str
) -> None:
    limit = 13.0 if period == "hour" else 3.5 * NEW
    stage = Stage(wanted=limited(**{period: limit}))
    stage.enqueue(tasks=9)
    began: dict[str, int] = {}
    for minute in range(3 * 60):
        stage.play(MINUTE)
        living = {machine.instance_id for machine in stage.cloud.living()}
        began |= dict.fromkeys(living - began.keys(), minute)
        late = {each for each in living if worker_after is not None}
        if late and minute - max(began[each] for each in late) >= (worker_after or 0):
            stage.agents.register()
        live = [row for row in stage.instances() if row.phase != Phase.GONE]
        (purse, *_) = [
            p
            for p in purses(
                stage.deployment, stage.instances(), all_spend(stage), stage.clock.now()
            )
            if p.limit is not None
        ]
        spent = purse.spent if period != "hour" else 6.0 * len(live)
        assert spent <= limit + 1e-6, minute
    assert stage.cloud.calls


def all_spend(stage: Stage) -> list[Spend]:
    return [row for row in stage.state.live() if isinstance(row, Spend)]
