"""Money: what keeps machines from being started, and what makes idle ones go.

A machine costs 1 for a minute. One that is ordered commits 38: 3 to be seen, 30 to boot and 5 to
be stopped; one that lives, 5. It is noon, in UTC.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Budget, Deployment
from autoscaler.core.plan import decide
from tests.core.make import (
    NOW,
    Thing,
    booting,
    busy,
    draining,
    drains,
    ended,
    fleet,
    hours,
    idle,
    instance,
    launches,
    paused,
    queue,
    requested,
    resource,
    snapshot,
    sold,
    spend,
    verdict,
    why_not,
)

TASKS = [queue("q", 4)]
A = sold(60.0)
NEW, STOP = 38.0, 5.0


def lived(minutes: float, price: float = 60.0) -> dict[str, Any]:
    return {"launched_at": NOW - timedelta(minutes=minutes), "hourly_price": price}


def daily(limit: float, **changes: Any) -> Deployment:
    return fleet(A, money={"*": Budget(day=limit, **changes)})


def requeues(**limits: Any) -> Budget:
    return Budget(on_budget="requeue", **limits)


@pytest.mark.parametrize(
    ("deployment", "things", "started"),
    [
        pytest.param(daily(4 * NEW), [], 4, id="just enough"),
        pytest.param(daily(4 * NEW - 1), [], 3, id="a little too little for the last one"),
        pytest.param(daily(0), [], 0, id="a budget of nothing"),
        pytest.param(daily(2 * NEW + 60 + STOP), [busy(**lived(60))], 2, id="spent, and to stop"),
        pytest.param(daily(3 * NEW), [requested(next_check=NOW)], 2, id="ordered before"),
        pytest.param(daily(2 * NEW + 35), [booting(left=20, **lived(10))], 2, id="it boots"),
        pytest.param(daily(2 * NEW + 45), [draining(**lived(40))], 2, id="it is on its way out"),
        pytest.param(
            daily(NEW + 30), [ended(lived=30, hourly_price=60.0)], 1, id="gone, still in the table"
        ),
        pytest.param(daily(NEW + 30), [spend(day=30, month=99)], 1, id="gone and forgotten"),
        pytest.param(daily(NEW + 30), [spend("ops", day=30)], 1, id="another's money"),
        pytest.param(
            daily(NEW + 725), [busy(**lived(24 * 60))], 1, id="the day's part of a long life"
        ),
        pytest.param(
            fleet(A, money={"*": Budget(month=NEW + 9)}), [spend(month=9)], 1, id="a month's limit"
        ),
        pytest.param(
            fleet(A, money={"*": Budget(day=NEW, month=999)}), [], 1, id="the narrowest counts"
        ),
        pytest.param(
            fleet(A, money={"*": Budget(hour=180)}),
            [busy(**lived(9))],
            2,
            id="an hour's is a speed",
        ),
        pytest.param(
            fleet(A, money={"*": Budget(hour=120)}),
            [ended(lived=30, hourly_price=60.0), spend(day=999)],
            2,
            id="whatever was spent in it",
        ),
        pytest.param(fleet(A, money={"lab": Budget(day=NEW)}), [], 1, id="an autoscaler's"),
        pytest.param(fleet(A, money={"ops": Budget(day=0)}), [], 4, id="not another's"),
        pytest.param(fleet(A, money={"queue:q": Budget(day=NEW)}), [], 1, id="a queue's"),
        pytest.param(
            fleet(A, money={"queue:q": Budget(day=NEW)}),
            [busy(**lived(99))],
            1,
            id="not another's q",
        ),
        pytest.param(
            fleet(A, money={"queue:q": Budget(day=NEW + 104)}),
            [busy(queue="q", **lived(99))],
            1,
            id="machines that were launched for it",
        ),
        pytest.param(
            fleet(sold(30.0, 60.0), money={"*": Budget(day=2 * NEW)}),
            [],
            2,
            id="the dearest offering might be the one",
        ),
        pytest.param(
            fleet(sold(0.0), money={"*": Budget(day=0)}), [], 4, id="what costs nothing is free"
        ),
        pytest.param(
            fleet(sold(None), money={"*": Budget(day=NEW)}),
            [],
            0,
            id="an unknown price is refused",
        ),
        pytest.param(
            fleet(sold(60.0, None), money={"*": Budget(day=9 * NEW)}), [], 0, id="one of them is"
        ),
        pytest.param(
            fleet(sold(None), money={"*": Budget(day=NEW, allow_unknown_prices=True)}),
            [],
            4,
            id="unless that is allowed",
        ),
        pytest.param(
            fleet(sold(None), money={"ops": Budget(day=NEW)}), [], 4, id="or nobody asks for it"
        ),
    ],
)
def test_what_may_be_started(
    deployment: Deployment, things: Sequence[Thing], started: int
) -> None:
    plan = decide(deployment, snapshot(*things, queues=TASKS))
    assert sum(launches(plan).values()) == started
    told = {Cause.BUDGET, Cause.PRICE_UNKNOWN} & set(why_not(plan))
    assert bool(told) == (started < 4)


@pytest.mark.parametrize(
    ("zone", "now", "limit", "started"),
    [
        pytest.param("UTC", NOW.replace(hour=23, minute=50), 20, 0, id="the next day pays too"),
        pytest.param("UTC", NOW.replace(hour=23, minute=50), NEW, 1, id="with its own money"),
        pytest.param("Europe/Berlin", NOW.replace(hour=22, minute=50), 20, 0, id="its zone's"),
        pytest.param("Europe/Berlin", NOW.replace(hour=23, minute=50), 20, 0, id="not UTC's"),
    ],
)
def test_near_midnight(zone: str, now: datetime, limit: float, started: int) -> None:
    deployment = fleet(A, money={"*": Budget(day=limit)}, timezone=zone)
    plan = decide(deployment, snapshot(queues=TASKS, now=now))
    assert sum(launches(plan).values()) == started


def test_a_budget_that_one_resource_cannot_pay_may_do_for_the_next() -> None:
    cheap = resource("b", offerings=sold(6.0).offerings)
    plan = decide(fleet(A, cheap, money={"*": Budget(day=NEW + 8)}), snapshot(queues=TASKS))
    assert launches(plan) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("deployment", "things", "gone"),
    [
        pytest.param(daily(69), [idle(**lived(65))], ["m1"], id="an idle machine goes at once"),
        pytest.param(daily(70), [idle(**lived(65))], [], id="not before it must"),
        pytest.param(daily(70), [idle(**lived(65)), spend(day=1)], ["m1"], id="forgotten money"),
        pytest.param(daily(1), [busy(**lived(65))], [], id="a task may finish"),
        pytest.param(daily(1), [booting(**lived(5))], [], id="a boot too"),
        pytest.param(
            daily(1), [idle(protected=True, **lived(65))], [], id="a protected one stays"
        ),
        pytest.param(
            daily(1), [idle(**lived(65, price=0.0)), busy(**lived(9))], [], id="a free one stays"
        ),
        pytest.param(
            fleet(sold(60.0, min_instances=1), money={"*": Budget(day=1)}),
            [idle(**lived(65))],
            ["m1"],
            id="a minimum never breaks a budget",
        ),
        pytest.param(
            fleet(A, money={"ops": Budget(day=1)}), [idle(**lived(65))], [], id="another's budget"
        ),
        pytest.param(
            fleet(A, resource("b"), money={"*": Budget(hour=100)}),
            [idle(**lived(9)), idle("b", **lived(9, price=90.0)), busy(**lived(9, price=30.0))],
            ["m2"],
            id="of what is too much for an hour, the dearest, and no more than must",
        ),
        pytest.param(
            fleet(A, money={"*": Budget(hour=100)}),
            [idle(**lived(9)), draining(**lived(9))],
            [],
            id="what is on its way out is not too much for the hour any more",
        ),
    ],
)
def test_what_has_to_go(
    deployment: Deployment, things: Sequence[Thing], gone: Sequence[str]
) -> None:
    plan = decide(deployment, snapshot(*things, queues=[queue("q", 1)]))
    assert drains(plan) == gone
    assert {each.cause for each in plan.drains} <= {Cause.OVER_BUDGET}


@pytest.mark.parametrize(
    ("deployment", "things", "stopped"),
    [
        pytest.param(daily(69, on_budget="requeue"), [busy(**lived(65))], ["m1"], id="too much"),
        pytest.param(daily(70, on_budget="requeue"), [busy(**lived(65))], [], id="just enough"),
        pytest.param(daily(69), [busy(**lived(65))], [], id="tasks may finish"),
        pytest.param(
            fleet(A, money={"lab": requeues(day=69)}), [busy(**lived(65))], ["m1"], id="lab's"
        ),
        pytest.param(
            fleet(A, money={"ops": requeues(day=1)}), [busy(**lived(65))], [], id="another's"
        ),
        pytest.param(
            fleet(A, money={"queue:q": requeues(day=69)}),
            [busy(**lived(65)), busy(queue="q", **lived(65))],
            ["m2"],
            id="a queue's: machines that were launched for it",
        ),
        pytest.param(
            fleet(A, money={"*": Budget(day=1), "lab": requeues(day=99)}),
            [busy(**lived(65))],
            [],
            id="the one that is used up lets tasks finish",
        ),
        pytest.param(
            fleet(A, money={"*": Budget(day=1), "lab": requeues(day=69)}),
            [busy(**lived(65))],
            ["m1"],
            id="one of two that are used up does not",
        ),
        pytest.param(
            daily(1, on_budget="requeue"),
            [busy(**lived(9)), busy(**lived(9, price=90.0)), busy(count=1, slots=4, **lived(9))],
            ["m2", "m1", "m3"],
            id="all, the dearest first",
        ),
        pytest.param(
            daily(1, on_budget="requeue"),
            [busy(config_hash="older", **lived(9)), busy("b", **lived(9))],
            ["m1", "m2"],
            id="whatever else speaks against them",
        ),
        pytest.param(
            daily(1, on_budget="requeue"),
            [busy(**lived(9, price=0.0)), busy(protected=True, **lived(9)), draining(**lived(9))],
            [],
            id="a free one, a protected one and one on its way out stay",
        ),
        pytest.param(
            daily(1, on_budget="requeue"), [busy(**lived(9)), paused(into=True)], [], id="paused"
        ),
        pytest.param(
            fleet(sold(60.0, schedule=(hours(freeze=True),)), money={"*": requeues(day=1)}),
            [busy(**lived(9))],
            [],
            id="frozen",
        ),
        pytest.param(
            fleet(A, money={"*": requeues(hour=100)}),
            [busy(**lived(9)), busy(**lived(9, price=61.0)), idle(**lived(9, price=30.0))],
            ["m2"],
            id="of what is too much for an hour, idle machines first, then the dearest",
        ),
        pytest.param(
            fleet(A, money={"*": requeues(hour=125)}),
            [busy(**lived(9)), busy(**lived(9, price=61.0)), idle(**lived(9, price=30.0))],
            [],
            id="none, when idle machines are enough",
        ),
        pytest.param(
            fleet(A, money={"*": requeues(hour=100)}),
            [busy(**lived(9)), draining(**lived(9))],
            [],
            id="none while one that is too much for the hour is on its way out",
        ),
    ],
)
def test_which_tasks_go_back_to_their_queue(
    deployment: Deployment, things: Sequence[Thing], stopped: Sequence[str]
) -> None:
    plan = decide(deployment, snapshot(*things))
    requeued = [each for each in plan.drains if each.requeue]
    assert [each.instance for each in requeued] == stopped
    assert {each.cause for each in requeued} <= {Cause.BUDGET_REQUEUE}
    assert {each.cause for each in plan.drains if not each.requeue} <= {Cause.OVER_BUDGET}


def test_what_is_spent_is_said_with_what_one_more_would_cost() -> None:
    seen = snapshot(busy(queue="q", **lived(60)), spend("queue:q", day=0.5), queues=TASKS)
    budgets = {"queue:q": Budget(day=70)}
    told = verdict(decide(fleet(A, money=budgets), seen), Cause.BUDGET)
    assert (told.resource, told.queue, told.count) == ("a", "q", 4)
    assert told.reason == (
        "budget of queue q: 60.50 spent and 5.00 committed of 70.00 for this day,"
        " which ends in 12 h; one more commits 38.00"
    )
    assert told.remedy == "raise budget.day of queue q, or wait"


def test_the_budget_of_an_hour_says_what_lives() -> None:
    seen = snapshot(busy(**lived(60)), queues=TASKS)
    told = verdict(decide(fleet(A, money={"lab": Budget(hour=100)}), seen), Cause.BUDGET)
    assert told.reason == (
        "budget of autoscaler lab: what lives costs 60.00 of 100.00 an hour;"
        " one more commits 60.00"
    )


def test_the_budget_of_tomorrow_says_so() -> None:
    seen = snapshot(queues=TASKS, now=NOW.replace(hour=23, minute=50))
    told = verdict(decide(daily(20), seen), Cause.BUDGET)
    assert told.reason == (
        "budget of deployment test: 0.00 committed of 20.00 for the day that begins in 10 min;"
        " one more commits 38.00"
    )


def test_a_machine_whose_resource_is_gone_counts_with_the_price_on_its_row() -> None:
    left = busy("removed", **lived(60))
    unknown = ended("removed", lived=60)
    plan = decide(daily(NEW + 65), snapshot(left, unknown, queues=TASKS))
    assert sum(launches(plan).values()) == 1
    assert instance("removed").hourly_price is None
