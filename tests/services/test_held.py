"""A poller whose configuration only stands in for the one that should count."""

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase
from autoscaler.services.poll import Poller
from tests.services.stage import MINUTE, Stage


def poller(stage: Stage, *, held: bool) -> Poller:
    return Poller(
        stage.deployment, stage.ports, owner="one", config_problem="team: no YAML", held=held
    )


def test_it_starts_nothing() -> None:
    stage = Stage()
    stage.enqueue(tasks=3)

    tick = poller(stage, held=True).tick()

    assert not tick.ordered
    assert {verdict.cause for verdict in tick.plan.did_not} == {Cause.CONFIGURATION_UNUSABLE}
    assert [notice.kind for notice in stage.notifier.told] == ["configuration"]


def test_it_stops_nothing_that_is_idle() -> None:
    stage = Stage()
    stage.start()
    stage.agents.finish()
    stage.tick(MINUTE)
    stage.advance(60 * MINUTE)

    assert not poller(stage, held=True).tick().drained
    assert poller(stage, held=False).tick().drained


def test_what_is_on_its_way_out_goes_on() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.state.commit(put=[row.model_copy(update={"phase": Phase.TERMINATING, "forced": True})])

    poller(stage, held=True).tick()
    stage.deliver()

    assert not stage.cloud.living()


def test_with_the_last_good_one_it_goes_on_and_tells() -> None:
    stage = Stage()
    stage.enqueue(tasks=1)

    first = poller(stage, held=False).tick()

    assert first.ordered
    assert [notice.kind for notice in stage.notifier.told] == ["configuration"]
    assert poller(stage, held=False).preview()[0].config_problem == "team: no YAML"
