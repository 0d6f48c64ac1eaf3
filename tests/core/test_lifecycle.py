"""Which moves exist: every pair of phases is one row."""

from itertools import product

import pytest

from autoscaler.core.ledger import Phase
from autoscaler.core.lifecycle import IllegalMoveError, move
from tests.core.make import NOW, ago, instance

REQUESTED, BOOTING, UP, DRAINING, TERMINATING, GONE = Phase

LEGAL = {
    (REQUESTED, BOOTING): "its machine was started",
    (REQUESTED, GONE): "it was never launched",
    (BOOTING, UP): "its worker registered",
    (BOOTING, DRAINING): "its worker never registered",
    (BOOTING, TERMINATING): "a person ended it",
    (BOOTING, GONE): "it ended by itself",
    (UP, DRAINING): "it is not needed",
    (UP, TERMINATING): "a person ended it",
    (UP, GONE): "it was reclaimed",
    (DRAINING, UP): "work came, the drain was refused",
    (DRAINING, TERMINATING): "its guard did not answer",
    (DRAINING, GONE): "it powered off",
    (TERMINATING, UP): "the last look found a task",
    (TERMINATING, GONE): "it ended",
    (GONE, BOOTING): "its absence was wrong",
}
ILLEGAL = [edge for edge in product(Phase, Phase) if edge not in LEGAL]


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param(*edge, id=f"{edge[0]} to {edge[1]}: {why}") for edge, why in LEGAL.items()],
)
def test_a_move_leaves_its_reason_and_takes_the_appointment(before: Phase, after: Phase) -> None:
    row = move(instance(phase=before, next_check=NOW), after, "so it is", NOW, worker="w")
    assert (row.phase, row.reason, row.moved_at) == (after, "so it is", NOW)
    assert (row.next_check, row.worker) == (None, "w")


@pytest.mark.parametrize(
    ("before", "after"), [pytest.param(*edge, id=f"{edge[0]} to {edge[1]}") for edge in ILLEGAL]
)
def test_no_such_move(before: Phase, after: Phase) -> None:
    row = instance(key="L1.0", phase=before)
    with pytest.raises(IllegalMoveError, match=rf"^L1.0: {before} -> {after} \(so it is\)$"):
        move(row, after, "so it is", NOW)


def test_a_move_may_bring_its_own_appointment() -> None:
    row = move(instance(phase=UP, next_check=ago(1)), DRAINING, "idle", NOW, next_check=NOW)
    assert row.next_check == NOW
