"""A person is told once, whatever happens, and again when it begins anew."""

from autoscaler.core.fleet import Budget, Offering
from autoscaler.core.ledger import Breaker, Ref, Told
from autoscaler.errors import UnavailableError
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

PRICED = (Offering(type="small", hourly_price=60.0),)


def kinds(stage: Stage) -> list[str]:
    return [notice.kind for notice in stage.notifier.told]


def tripped(stage: Stage) -> None:
    stage.state.commit(
        put=[Breaker(key="team/cpu", failures=3, open_until=None, reason="no worker came")]
    )


def test_a_breaker_is_told_of_when_it_opens_and_when_it_opens_again() -> None:
    stage = Stage()
    tripped(stage)
    stage.minutes(3)
    assert kinds(stage) == ["breaker"]
    breaker = stage.state.read(Ref("breaker", "team/cpu"))
    assert breaker
    stage.state.commit(remove=[breaker])
    stage.minutes(2)
    tripped(stage)
    stage.minutes(2)
    assert kinds(stage) == ["breaker", "breaker"]


def test_a_budget_is_told_of_at_80_and_100_percent_once_a_day() -> None:
    cpu = resource(offerings=PRICED)
    stage = Stage(wanted=deployment(cpu, budget=Budget(day=100)))
    stage.start()
    stage.minutes(78)
    assert kinds(stage) == []
    stage.minutes(60)
    assert kinds(stage) == ["budget", "budget"]
    stage.agents.finish()
    stage.minutes(60)
    assert stage.instances() == []
    stage.minutes(22 * 60)
    assert kinds(stage) == ["budget", "budget"]
    assert not [row for row in stage.state.live() if isinstance(row, Told)]


def test_a_foreign_machine_is_told_of_although_a_list_may_leave_it_out() -> None:
    stage = Stage()
    (row,) = stage.start()
    machine = stage.cloud.living()[0]
    forged = machine.model_copy(update={"instance_id": "i-forged", "token": "guessed"})
    stage.cloud.intrude(forged)
    stage.minutes(2)
    stage.cloud.end("i-forged", "powered off")
    stage.minutes(5)
    assert [notice.subject for notice in stage.notifier.told] == ["i-forged"]
    assert stage.instance().key == row.key


def test_machines_that_are_adopted_are_told_of_together() -> None:
    stage = Stage()
    stage.start(machines=3)
    stage.lose_the_table()
    stage.minutes(3)
    assert kinds(stage) == ["adopted"] * 3


def test_what_could_not_be_told_is_told_by_the_next_tick() -> None:
    stage = Stage()
    tripped(stage)
    stage.notifier.broken = UnavailableError("the webhook answered 503")
    assert not stage.play().skipped
    stage.notifier.broken = None
    stage.minutes(2)
    assert kinds(stage) == ["breaker"]


def test_another_planner_that_told_it_first_is_no_trouble() -> None:
    stage = Stage()
    tripped(stage)

    def overtaken() -> None:
        told = Told(key="breaker:team/cpu", text="", at=stage.clock.now())
        stage.state.commit(put=[told])

    stage.line.after("notifier.notify", overtaken)
    stage.play(SECOND)
    stage.play(MINUTE)
    assert kinds(stage) == ["breaker"]


def test_an_overtaken_planner_tells_nothing() -> None:
    stage = Stage()
    tripped(stage)
    stage.enqueue()
    two = stage.another_poller("two")

    def overtaken() -> None:
        stage.advance(2 * MINUTE)
        stage.notifier.told.clear()
        two.tick()

    stage.line.before("cloud.machines", overtaken)
    assert stage.poller.tick().skipped
    assert kinds(stage) == ["breaker"]
