"""What a person is told without asking."""

from collections.abc import Sequence

import pytest

from autoscaler.core.fleet import Budget, Deployment
from autoscaler.core.notices import dead_letter, notices
from autoscaler.core.seen import Snapshot
from tests.core.make import (
    NOW,
    booting,
    breaker,
    busy,
    fleet,
    idle,
    resource,
    snapshot,
    sold,
    spend,
)

A = fleet(resource("a"))
SPENT = (
    "budget of queue q for this month: all is spent or committed: nothing is started,"
    " idle machines go (5.00 and 5.00 of 10.00)"
)


def daily(limit: float) -> Deployment:
    return fleet(sold(60.0), money={"*": Budget(day=limit, hour=1)})


@pytest.mark.parametrize(
    ("deployment", "seen", "texts"),
    [
        pytest.param(A, snapshot(idle(), busy(), booting()), [], id="an ordinary day"),
        pytest.param(
            A,
            snapshot(breaker(failures=3), breaker("ops/c", failures=2)),
            ["the last 3 boots of lab/a failed, no more are started for a while: no worker came"],
            id="a breaker that opened",
        ),
        pytest.param(daily(100), snapshot(spend(day=79.9)), [], id="less than 80 %"),
        pytest.param(
            daily(100),
            snapshot(spend(day=80)),
            ["budget of deployment test for this day: 80 % is spent (80.00 and 0.00 of 100.00)"],
            id="80 % of a day's money",
        ),
        pytest.param(
            fleet(sold(60.0), money={"queue:q": Budget(month=10)}),
            snapshot(
                busy(queue="q", launched_at=NOW, hourly_price=60.0), spend("queue:q", month=5)
            ),
            [SPENT],
            id="all of a month's",
        ),
        pytest.param(
            fleet(sold(60.0), money={"queue:q": Budget(month=10, on_budget="requeue")}),
            snapshot(
                busy(queue="q", launched_at=NOW, hourly_price=60.0), spend("queue:q", month=5)
            ),
            [
                SPENT.replace(
                    "idle machines go", "machines stop, their tasks go back to their queues"
                )
            ],
            id="all of it, and tasks do not finish",
        ),
        pytest.param(
            A,
            snapshot(idle(key="i-7", instance_id="i-7"), idle(instance_id="i-8")),
            ["machine i-7 of lab/a lived without a row: adopted"],
            id="a machine that leaked",
        ),
        pytest.param(
            A,
            snapshot(foreign=("i-9",)),
            ["machine i-9 carries our tags, but we did not start it: left alone"],
            id="a foreign one",
        ),
    ],
)
def test_what_is_worth_telling(
    deployment: Deployment, seen: Snapshot, texts: Sequence[str]
) -> None:
    assert [notice.text for notice in notices(deployment, seen)] == texts


def test_it_has_one_key_for_as_long_as_it_lasts_and_another_in_the_next_period() -> None:
    def keys(seen: Snapshot) -> list[str]:
        return [notice.key for notice in notices(daily(100), seen)]

    now, later, tomorrow = (NOW.replace(day=d, hour=h) for d, h in ((1, 12), (1, 23), (2, 1)))
    money = (breaker(), busy(launched_at=NOW.replace(hour=0), hourly_price=60.0))
    first = keys(snapshot(*money, now=now))
    assert len(first) == 3
    assert keys(snapshot(*money, now=later)) == first
    assert set(keys(snapshot(*money, now=tomorrow))) & set(first) == {"breaker:lab/a"}


def test_a_message_that_was_given_up() -> None:
    told = dead_letter("reap", "L1.0", "the cloud said no", NOW)
    assert told.text == (
        "a reap message for L1.0 was given up, the next tick sends another: the cloud said no"
    )


def test_a_task_that_two_workers_report_is_told() -> None:
    seen = snapshot().model_copy(update={"twice": {"t1": ("dyn:a", "dyn:b")}})
    (notice,) = notices(A, seen)
    assert (notice.kind, notice.key, notice.subject) == ("twice", "twice:t1", "t1")
    assert notice.text == "task t1 is executed by 2 workers: dyn:a, dyn:b"


@pytest.mark.parametrize(
    ("held", "meanwhile"),
    [
        pytest.param(False, "the last good one counts", id="a good one is known"),
        pytest.param(True, "nothing more is started or stopped", id="none is known"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_told(held: bool, meanwhile: str) -> None:
    (notice,) = notices(A, snapshot(config_problem="team: no YAML", held=held))
    assert (notice.kind, notice.key) == ("configuration", "configuration")
    assert notice.text == f"the configuration cannot be used, {meanwhile}: team: no YAML"
