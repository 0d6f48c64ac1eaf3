"""From what a tick observed to the rows that change, in the order in which they are written."""

from collections.abc import Sequence

import pytest

from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Instance, Launch, Phase, Row
from autoscaler.core.reconcile import Listing, Observed, Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Machine, Worker
from tests.core.make import (
    NOW,
    ago,
    fleet,
    instance,
    launch,
    machine,
    minutes,
    resource,
    unavailable,
    worker,
)

LAB = fleet(resource("a", offerings=(Offering(type="cpu", hourly_price=0.5),)))


def observed(
    machines: Sequence[Machine] | None = (), workers: Sequence[Worker] | None = ()
) -> Observed:
    """What was listed of the compute `cloud` and of ClearML; None: it could not be read."""
    listing = None if machines is None else Listing(began=NOW, machines=tuple(machines))
    return Observed(
        now=NOW,
        listings={"cloud": listing} if listing else {},
        unreadable={} if listing else {"cloud": "timed out"},
        queues={},
        workers=None if workers is None else tuple(workers),
    )


def written(seen: Observed, *rows: Row) -> list[str]:
    """Each change as "key -> what it became", while every write is accepted."""
    live = LiveSet(rows)
    told = []
    for row in Reconciler(LAB, live, seen).changes():
        live.put(row)
        assert isinstance(row, Instance | Launch)
        told.append(f"{row.key} -> {row.phase if isinstance(row, Instance) else row.state}")
    return told


def waiting(index: int = 0, **changes: object) -> Instance:
    row = {"key": f"L1.{index}", "index": index, "phase": Phase.REQUESTED}
    return instance(**(row | changes))


def owning(phase: Phase = Phase.UP, **changes: object) -> Instance:
    """The row of machine i-1, busy as far as ClearML told."""
    row = {"key": "L1.0", "phase": phase, "instance_id": "i-1", "worker": "lab:i-1"}
    return instance(**(row | changes))


CALLED = launch(asked=((0, 1),), attempt=1, unsettled=True, claim_until=ago(10))
LOOKED = CALLED.model_copy(update={"look_since": ago(3)})
CLOSED = launch(state="CLOSED", closed_at=NOW)
SECOND = machine("i-2", position=1)


@pytest.mark.parametrize(
    ("rows", "machines", "changes"),
    [
        pytest.param(
            [CALLED, waiting(0), waiting(1)],
            [machine(), SECOND],
            ["L1.0 -> BOOTING", "L1.1 -> BOOTING", "L1 -> OPEN"],
            id="machines are bound before their launch is looked at",
        ),
        pytest.param(
            [LOOKED, waiting(0), waiting(1)],
            [machine(), SECOND],
            ["L1.0 -> BOOTING", "L1.1 -> BOOTING", "L1 -> OPEN", "L1 -> CLOSED"],
            id="all bound and one margin looked for: settled, then closed",
        ),
        pytest.param(
            [LOOKED.model_copy(update={"deadline": NOW}), waiting(0), waiting(1)],
            [machine()],
            ["L1.0 -> BOOTING", "L1 -> OPEN", "L1 -> CLOSED", "L1.1 -> GONE"],
            id="bind, settle, close, release: what never came is released last",
        ),
        pytest.param(
            [CALLED.model_copy(update={"deadline": NOW}), waiting(0), waiting(1)],
            [],
            ["L1 -> OPEN"],
            id="while a call may still land, nothing is closed or released",
        ),
        pytest.param(
            [launch(), waiting(0), unavailable()],
            [],
            ["L1 -> CLOSED", "L1.0 -> GONE"],
            id="no offering is left",
        ),
        pytest.param(
            [launch(resource="removed"), waiting(0, resource="removed")],
            [],
            ["L1 -> CLOSED", "L1.0 -> GONE"],
            id="its resource was removed",
        ),
        pytest.param([launch(), waiting(0)], [], [], id="a launch that nobody called waits"),
        pytest.param(
            [CLOSED, waiting(0)],
            None,
            ["L1.0 -> GONE"],
            id="a crash after the closing: released by the next tick",
        ),
        pytest.param(
            [LOOKED, waiting(0), waiting(1)],
            [machine(token="forged")],
            ["L1 -> OPEN"],
            id="a machine that only carries our tags is neither bound nor waited for",
        ),
        pytest.param(
            [LOOKED, owning(Phase.BOOTING), waiting(1)],
            [machine(), machine("i-9", position=7)],
            [],
            id="one that we called for and cannot place keeps its launch unsettled",
        ),
        pytest.param(
            [CALLED, waiting(0)],
            [machine(state="gone")],
            ["L1.0 -> BOOTING", "L1.0 -> GONE", "L1 -> OPEN"],
            id="a machine that ended is bound first, so that its story is told",
        ),
        pytest.param(
            [CLOSED, owning(Phase.GONE, gone_at=NOW)],
            [machine()],
            ["L1.0 -> BOOTING"],
            id="absence was wrong: its own row takes it back",
        ),
        pytest.param(
            [owning(Phase.GONE, gone_at=NOW)],
            [machine()],
            ["L1.0 -> BOOTING"],
            id="also when its launch is history",
        ),
        pytest.param(
            [CLOSED.model_copy(update={"asked": ((0,),)}), waiting(0, gone_at=NOW, phase="GONE")],
            [machine()],
            ["L1.0 -> BOOTING"],
            id="a machine that comes after its row was released",
        ),
        pytest.param(
            [CLOSED, owning(Phase.GONE, gone_at=NOW)],
            [machine(state="gone")],
            [],
            id="a dead machine revives no row",
        ),
        pytest.param(
            [CALLED, owning(Phase.GONE, instance_id="i-0", gone_at=NOW)],
            [machine()],
            ["L1 -> OPEN"],
            id="a row that had another machine takes no second one",
        ),
        pytest.param(
            [instance(key="i-1", phase=Phase.UP, instance_id="i-1"), CALLED, waiting(0)],
            [machine()],
            ["i-1 -> UP", "L1 -> OPEN"],
            id="a machine that was adopted gets no second row",
        ),
        pytest.param(
            [owning()], [], ["L1.0 -> UP", "L1.0 -> UP"], id="missing, and silent: two facts"
        ),
        pytest.param(
            [LOOKED.model_copy(update={"deadline": NOW})],
            None,
            [],
            id="unreadable machines settle no launch",
        ),
        pytest.param([owning()], None, ["L1.0 -> UP"], id="unreadable machines are not missing"),
        pytest.param(
            [owning(missing_since=ago(3))], [], ["L1.0 -> GONE"], id="missing for one margin"
        ),
        pytest.param(
            [owning(missing_since=ago(3), resource="removed")],
            [],
            ["L1.0 -> GONE"],
            id="the margin of a removed resource is three minutes",
        ),
    ],
)
def test_changes(
    rows: Sequence[Row], machines: Sequence[Machine] | None, changes: Sequence[str]
) -> None:
    assert written(observed(machines), *rows) == changes


@pytest.mark.parametrize(
    ("workers", "changes"),
    [
        pytest.param([worker()], ["L1.0 -> UP"], id="its worker registered"),
        pytest.param([worker("lab:i-1:0")], ["L1.0 -> UP"], id="a worker of one of its slots"),
        pytest.param([worker("lab:i-2")], [], id="another machine's worker"),
        pytest.param(None, [], id="ClearML could not be read: no fact about workers"),
    ],
)
def test_workers(workers: Sequence[Worker] | None, changes: Sequence[str]) -> None:
    row = owning(Phase.BOOTING)
    assert written(observed([machine()], workers), row) == changes


def test_a_row_without_a_worker_id_owns_no_worker() -> None:
    assert written(observed([machine()], [worker("")]), owning(Phase.BOOTING, worker="")) == []


def test_a_bound_row_has_the_time_and_the_price_of_its_resource() -> None:
    live = LiveSet([CALLED, waiting(0)])
    row, *_ = Reconciler(LAB, live, observed([machine(type="cpu")])).changes()
    assert isinstance(row, Instance)
    assert row.boot_deadline == NOW + minutes(30)
    assert row.hourly_price == 0.5


def test_a_bound_row_of_a_removed_resource_has_no_time() -> None:
    rows = [r.model_copy(update={"resource": "removed"}) for r in (CALLED, waiting(0))]
    row, *_ = Reconciler(LAB, LiveSet(rows), observed([machine()])).changes()
    assert isinstance(row, Instance)
    assert row.boot_deadline == NOW


def test_what_the_table_says_meanwhile_counts_not_what_was_read() -> None:
    """A launcher settled the launch while the tick wrote: the tick builds on that row."""
    live = LiveSet([CALLED, waiting(0)])
    changes = Reconciler(LAB, live, observed([])).changes()
    looked = next(changes)
    assert isinstance(looked, Launch)
    assert looked.look_since == NOW
    live.put(CALLED.model_copy(update={"unsettled": False, "deadline": NOW}))
    closed = next(changes)
    assert isinstance(closed, Launch)
    assert closed.reason == "its deadline passed"


def test_a_row_that_vanished_meanwhile_stops_no_tick() -> None:
    live = LiveSet([owning(), CALLED])
    told = []
    for row in Reconciler(LAB, live, observed([])).changes():
        live.drop(row.ref)
        told.append(row.key)
    assert told == [
        "L1.0",
        "L1.0",
        "L1",
    ]
