"""On-demand machines for queues whose task spot machines keep dropping."""

import pytest

from autoscaler.core.decisions import Cause, LaunchDecision
from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Repair
from autoscaler.core.plan import decide
from tests.core.make import NOW, fleet, minutes, queue, resource, snapshot, unavailable

SPOT, DEAR = Offering(type="cpu", market="spot"), Offering(type="cpu")
PREFERS = "1 task waiting in q, 1 without a slot; on-demand first: task t lost 2 machines"
AS_EVER = "1 task waiting in q, 1 without a slot"


def lost(count: int, queue: str = "id-q", task: str = "t") -> Repair:
    return Repair(key=task, instance="L1.0", queue=queue, count=count, at=NOW, claim_until=None)


def planned(*repairs: Repair, offerings: tuple[Offering, ...] = (SPOT, DEAR)) -> LaunchDecision:
    wanted = fleet(resource("a", offerings=offerings))
    (launch,) = decide(wanted, snapshot(queues=[queue("q", 1)], repairs=repairs)).launches
    return launch


@pytest.mark.parametrize(
    ("repairs", "reason"),
    [
        pytest.param([], AS_EVER, id="nothing was lost"),
        pytest.param([lost(1)], AS_EVER, id="once may happen"),
        pytest.param([lost(2)], PREFERS, id="twice is enough"),
        pytest.param([lost(2, "id-x")], AS_EVER, id="a task of another queue"),
        pytest.param([lost(2, "")], AS_EVER, id="a task of which no queue is known"),
        pytest.param(
            [lost(2), lost(3, task="u"), lost(2, task="v")],
            "1 task waiting in q, 1 without a slot; on-demand first: task u lost 3 machines",
            id="the worst is named",
        ),
    ],
)
def test_a_task_that_lost_two_machines_prefers_on_demand(
    repairs: list[Repair], reason: str
) -> None:
    launch = planned(*repairs)
    assert launch.reason == reason
    assert launch.prefer == ("on-demand" if "on-demand first" in reason else "")


@pytest.mark.parametrize(
    "offerings",
    [
        pytest.param((SPOT,), id="only spot: there is nothing to prefer"),
        pytest.param((DEAR,), id="only on-demand: there is nothing else"),
    ],
)
def test_a_resource_with_one_market_goes_on_as_before(offerings: tuple[Offering, ...]) -> None:
    launch = planned(lost(2), offerings=offerings)
    assert (launch.prefer, launch.reason) == ("", AS_EVER)


def test_a_minimum_that_is_filled_for_the_queue_prefers_it_too() -> None:
    wanted = fleet(resource("a", offerings=(SPOT, DEAR), min_instances=1))
    (launch,) = decide(wanted, snapshot(repairs=[lost(2)])).launches
    assert (launch.cause, launch.prefer) == ("minimum", "on-demand")


def test_it_need_not_wait_for_spot_to_say_no_for_long() -> None:
    later = DEAR.model_copy(update={"after": minutes(10)})
    wanted = fleet(resource("a", offerings=(SPOT, later)))
    refused = unavailable(offering=SPOT.key)
    seen = snapshot(refused, queues=[queue("q", 1)])
    assert [v.cause for v in decide(wanted, seen).did_not] == [Cause.OFFERINGS_UNAVAILABLE]
    (launch,) = decide(wanted, seen.model_copy(update={"repairs": (lost(2),)})).launches
    assert launch.prefer == "on-demand"
