"""On-demand machines for queues whose task spot machines keep dropping."""

import pytest

from autoscaler.core.decisions import Cause, LaunchDecision
from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Repair
from autoscaler.core.plan import decide
from tests.core.make import NOW, busy, fleet, minutes, queue, resource, snapshot, unavailable

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


def test_once_it_runs_again_it_prefers_nothing_for_the_others() -> None:
    wanted = fleet(resource("a", offerings=(SPOT, DEAR)))
    seen = snapshot(queues=[queue("q", 1)], repairs=[lost(2)], running=frozenset({"t"}))
    (launch,) = decide(wanted, seen).launches
    assert (launch.prefer, launch.reason) == ("", AS_EVER)


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


@pytest.mark.parametrize(
    ("share", "living", "waiting", "ordered"),
    [
        pytest.param(1.0, "", 3, {"": 3}, id="all may be spot"),
        pytest.param(0.7, "", 10, {"on-demand": 3, "": 7}, id="three of ten on demand"),
        pytest.param(0.5, "", 3, {"on-demand": 2, "": 1}, id="no more than half spot"),
        pytest.param(0.0, "", 2, {"on-demand": 2}, id="none spot"),
        pytest.param(0.29, "", 100, {"on-demand": 71, "": 29}, id="29 of a hundred, not 28"),
        pytest.param(0.5, "ddd", 3, {"": 3}, id="three live on demand: these may be spot"),
        pytest.param(0.5, "ss", 2, {"on-demand": 2}, id="two live as spot: these may not"),
        pytest.param(0.5, "ssss", 2, {"on-demand": 2}, id="more than there should be"),
        pytest.param(0.5, "?d", 2, {"on-demand": 1, "": 1}, id="what is ordered may be spot"),
    ],
)
def test_a_mix_has_at_most_so_large_a_share_of_spot(
    share: float, living: str, waiting: int, ordered: dict[str, int]
) -> None:
    mixed = fleet(resource("a", offerings=(SPOT, DEAR), spot_share=share, max_instances=200))
    markets = {"s": "spot", "d": "on-demand", "?": ""}
    machines = [busy(market=markets[each]) for each in living] + [busy("b", market="spot")]
    plan = decide(mixed, snapshot(*machines, queues=[queue("q", waiting)]))
    assert {launch.prefer: launch.count for launch in plan.launches} == ordered
    reasons = [launch.reason for launch in plan.launches if launch.prefer]
    assert all(each.endswith(f"on-demand first: at most {share:.0%} spot") for each in reasons)


def test_a_mix_counts_what_the_same_plan_orders_for_other_queues() -> None:
    mixed = resource("a", queues=("q", "x"), offerings=(SPOT, DEAR), spot_share=0.5)
    plan = decide(fleet(mixed), snapshot(queues=[queue("q", 2), queue("x", 1)]))
    assert [(launch.queue, launch.prefer) for launch in plan.launches] == [
        ("q", "on-demand"),
        ("q", ""),
        ("x", "on-demand"),
    ]


def test_a_task_that_lost_two_machines_is_not_split_by_a_mix() -> None:
    mixed = fleet(resource("a", offerings=(SPOT, DEAR), spot_share=0.5))
    plan = decide(mixed, snapshot(queues=[queue("q", 4)], repairs=[lost(2)]))
    assert [(launch.count, launch.prefer) for launch in plan.launches] == [(4, "on-demand")]


@pytest.mark.parametrize("offerings", [(SPOT,), (DEAR,)])
def test_a_mix_of_one_market_is_that_market(offerings: tuple[Offering, ...]) -> None:
    mixed = fleet(resource("a", offerings=offerings, spot_share=0.5))
    (launch,) = decide(mixed, snapshot(queues=[queue("q", 2)])).launches
    assert (launch.count, launch.prefer) == (2, "")


def test_what_a_mix_cannot_have_on_demand_is_said_once_for_each_market() -> None:
    mixed = fleet(resource("a", offerings=(SPOT, DEAR), spot_share=0.5, max_instances=1))
    plan = decide(mixed, snapshot(queues=[queue("q", 4)]))
    assert [(launch.count, launch.prefer) for launch in plan.launches] == [(1, "on-demand")]
    full = [each for each in plan.did_not if each.cause == Cause.RESOURCE_MAX]
    assert [each.count for each in full] == [1, 2]


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
