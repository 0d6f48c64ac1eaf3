"""The runner itself: it repeats exactly, finds nothing where nothing is wrong, and can fail."""

import pytest

from tests.faults.drops import DROPS
from tests.faults.play import Outcome, run
from tests.faults.report import Report, told


@pytest.mark.parametrize("rate", [0, 1, 5, 12])
def test_nothing_breaks(rate: float) -> None:
    outcome = run(seed=2, rate=rate, hours=1)
    assert (outcome.broken, outcome.what) == ("", "")
    assert outcome.machines > 0
    assert outcome.tasks > 0


def test_a_machine_without_a_guard_is_let_go_too() -> None:
    outcome = run(seed=3, rate=1, hours=1)
    assert (outcome.broken, outcome.what, outcome.leaked) == ("", "", 0)


def test_the_same_seed_does_the_same_again() -> None:
    assert run(seed=6, rate=12, hours=1) == run(seed=6, rate=12, hours=1)


@pytest.mark.parametrize("drop", ["requested", "token", "absence", "resweep"])
def test_a_rule_that_is_left_out_is_missed(drop: str) -> None:
    outcome = _broken(drop)
    assert outcome.broken in DROPS[drop].breaks
    story = list(told(outcome, drop=drop))
    assert story[0].startswith(f"{outcome.broken} broken at seed {outcome.seed}")
    assert story[-1].endswith(f"--rate 12 --drop {drop}")
    assert len(story) > len(("what", "again"))


def test_a_rule_that_was_left_out_is_back() -> None:
    _broken("requested")
    assert run(seed=2, rate=12, hours=1).broken == ""


def test_the_report_names_every_invariant() -> None:
    report = Report()
    report.add(run(seed=2, rate=0, hours=0.2))
    document = report.document(1.0)
    assert document["runs"] == 1
    assert list(document["violations"]) == [
        *(f"S{n}" for n in range(1, 8)),
        *(f"L{n}" for n in range(1, 6)),
    ]


def _broken(drop: str) -> Outcome:
    outcomes = (run(seed, 12, 2, DROPS[drop]) for seed in range(6))
    return next(outcome for outcome in outcomes if outcome.broken)
