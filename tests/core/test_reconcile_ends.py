"""Strangers, finished rows, and what the plan is shown."""

from collections.abc import Sequence

import pytest

from autoscaler.core.ledger import Phase, Row
from autoscaler.core.reconcile import Listing, Observed, Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Machine, Worker
from tests.core.make import (
    NOW,
    ago,
    breaker,
    fleet,
    instance,
    launch,
    machine,
    paused,
    queue,
    resource,
    unavailable,
    worker,
)

LAB = fleet(resource("a"))


def reconciler(
    *rows: Row, machines: Sequence[Machine] = (), workers: Sequence[Worker] = ()
) -> Reconciler:
    seen = Observed(
        now=NOW,
        listings={"cloud": Listing(began=NOW, machines=tuple(machines))},
        unreadable={"other": "timed out"},
        queues={"q": queue("q", 2)},
        workers=tuple(workers),
    )
    return Reconciler(LAB, LiveSet(rows), seen)


@pytest.mark.parametrize(
    ("rows", "listed", "strangers"),
    [
        pytest.param([], [machine()], ["i-1"], id="a living machine that no row names"),
        pytest.param([instance(key="L1.0", instance_id="i-1")], [machine()], [], id="a named one"),
        pytest.param(
            [instance(key="L1.0", phase=Phase.GONE, instance_id="i-1")],
            [machine()],
            [],
            id="one that a finished row names",
        ),
        pytest.param([], [machine(state="gone")], [], id="a dead one"),
        pytest.param([], [machine(state="stopping")], [], id="one that is stopping"),
    ],
)
def test_strangers(
    rows: Sequence[Row], listed: Sequence[Machine], strangers: Sequence[str]
) -> None:
    found = reconciler(*rows, machines=listed).strangers()
    assert [each.instance_id for each in found["cloud"]] == strangers


OPEN = launch()
JUST = launch(state="CLOSED", closed_at=ago(2))
OVER = launch(state="CLOSED", closed_at=ago(3))


def gone(minutes_ago: float, **changes: object) -> Row:
    row = {"key": "L1.0", "phase": Phase.GONE, "gone_at": ago(minutes_ago), "settled": True}
    return instance(**(row | changes))


@pytest.mark.parametrize(
    ("rows", "finished"),
    [
        pytest.param([OVER, gone(3)], ["L1", "L1.0"], id="closed and gone for one margin"),
        pytest.param([OVER, gone(2)], ["L1"], id="a row that went a moment ago stays"),
        pytest.param([JUST, gone(3)], [], id="a row stays as long as its launch"),
        pytest.param([OPEN, gone(9)], [], id="and an open launch stays"),
        pytest.param([gone(3)], ["L1.0"], id="a row whose launch is history already"),
        pytest.param([OVER, gone(9, settled=False)], ["L1"], id="its tasks are not back yet"),
        pytest.param([OVER, instance(key="L1.0")], ["L1"], id="a living row stays"),
        pytest.param(
            [OVER, gone(9, gone_at=None)], ["L1"], id="nobody knows since when it is gone"
        ),
        pytest.param(
            [gone(2, resource="removed"), gone(3, key="L1.1", resource="removed")],
            ["L1.1"],
            id="the margin of a removed resource is three minutes",
        ),
    ],
)
def test_finished(rows: Sequence[Row], finished: Sequence[str]) -> None:
    launches, instances = reconciler(*rows).finished()
    assert [row.key for row in (*launches, *instances)] == finished


def test_the_plan_is_shown_all_that_is_known() -> None:
    up = instance(key="L1.0", worker="lab:i-1", registered_at=ago(60))
    coming = instance(key="L1.1", phase=Phase.REQUESTED)
    rows = (up, coming, gone(1, key="L1.2"), paused(), breaker(), unavailable())
    seen = reconciler(*rows, workers=[worker(task="t1")]).snapshot(ago(-3))
    assert seen.now == NOW
    assert [(s.instance.key, s.idle, s.busy, s.coming) for s in seen.supply] == [
        ("L1.0", 0, 1, 0),
        ("L1.1", 0, 0, 1),
    ]
    assert seen.queues == {"q": queue("q", 2)}
    assert seen.controls == (paused(),)
    assert seen.breakers == (breaker(),)
    assert seen.unavailable == (unavailable(),)
    assert seen.unreadable == {"other": "timed out"}
    assert (seen.clearml_problem, seen.credentials_refused) == (None, False)
    assert seen.recover_until == ago(-3)
