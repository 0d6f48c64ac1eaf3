"""A mix of spot and on demand, from the order to the machines."""

from autoscaler.core.fleet import Offering
from tests.services.stage import SECOND, Stage, resource

BOTH = (Offering(type="small", market="spot"), Offering(type="small"))


def markets(stage: Stage) -> list[str]:
    return sorted(row.market for row in stage.instances())


def test_what_is_ordered_on_demand_counts_as_such_before_it_is_there() -> None:
    stage = Stage(resource(offerings=BOTH, spot_share=0.5, max_instances=4))
    stage.enqueue(tasks=2)
    stage.tick()
    assert markets(stage) == ["", "on-demand"]
    stage.enqueue(tasks=2)
    stage.tick(SECOND)
    assert markets(stage) == ["", "", "on-demand", "on-demand"]
    stage.play(SECOND)
    assert markets(stage) == ["on-demand", "on-demand", "spot", "spot"]
