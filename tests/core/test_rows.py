"""The live set: what was read, and what was written since."""

from autoscaler.core.ledger import DecisionRow, Fence, Instance, Launch, Phase, Ref
from autoscaler.core.rows import LiveSet
from tests.core.make import NOW, breaker, instance, launch, paused, unavailable

FIRST, SECOND = instance(key="L1.0"), instance(key="L2.0", launch="L2", phase=Phase.GONE)
DECISION = DecisionRow(
    key="lab",
    at=NOW,
    gen=1,
    waiting=0,
    oldest=None,
    idle=0,
    booting=0,
    busy=0,
    draining=0,
    live=0,
    max=None,
    did=(),
    did_not=(),
)


def test_each_kind_of_row_is_found_among_the_others() -> None:
    rows = LiveSet([FIRST, SECOND, launch(), breaker(), paused(), unavailable(), DECISION])
    assert rows.instances == [FIRST, SECOND]
    assert rows.launches == [launch()]
    assert rows.controls == (paused(),)
    assert rows.breakers == (breaker(),)
    assert rows.unavailable == (unavailable(),)
    assert rows.decision("lab") == DECISION
    assert rows.decision("ops") is None


def test_a_row_is_found_by_its_kind_and_key() -> None:
    rows = LiveSet([FIRST, launch(key="L1.0")])
    assert rows.get(Instance, "L1.0") == FIRST
    assert rows.get(Launch, "L1.0") == launch(key="L1.0")
    assert rows.get(Fence, "L1.0") is None
    assert rows.find(Ref("instance", "L1.0")) == FIRST
    assert rows.find(Ref("instance", "L9.0")) is None


def test_what_was_written_replaces_what_was_read() -> None:
    rows = LiveSet([FIRST])
    moved = FIRST.model_copy(update={"phase": Phase.DRAINING})
    rows.put(moved)
    assert rows.instances == [moved]
    rows.drop(FIRST.ref)
    rows.drop(FIRST.ref)
    assert FIRST.ref not in rows


def test_the_rows_of_a_launch_and_the_living_ones() -> None:
    rows = LiveSet([FIRST, SECOND])
    assert rows.of_launch(launch()) == [FIRST]
    assert rows.living() == [FIRST]
    assert SECOND.ref in rows


def test_a_row_of_another_kind_than_its_ref_says_is_not_taken_for_it() -> None:
    """A store that mixes up its kinds must not make a launch of an instance."""
    rows = LiveSet([])
    stray = launch().model_copy(update={"kind": "instance", "key": "L1.0"})
    rows.put(stray)
    assert rows.get(Instance, "L1.0") is None
