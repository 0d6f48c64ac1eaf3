"""Boots and spot markets."""

from math import exp

import pytest

from autoscaler.simulate.calendar import ALWAYS, Calendar
from autoscaler.simulate.models import Boot


def test_boots_have_the_mean_and_the_p95_that_were_asked_for() -> None:
    boot = Boot(mean=180, p95=263)
    drawn = sorted(boot.draw("a seed", ordinal) for ordinal in range(20_000))

    assert sum(drawn) / len(drawn) == pytest.approx(180, rel=0.01)
    assert drawn[19_000] == pytest.approx(263, rel=0.02)


def test_the_nth_machine_of_a_seed_boots_as_long_whoever_starts_it() -> None:
    boot = Boot()

    assert boot.draw(1, 5) == boot.draw(1, 5)
    assert len({boot.draw(1, 5), boot.draw(1, 6), boot.draw(2, 5)}) == 3


def test_a_p95_that_is_the_mean_lets_every_boot_take_as_long() -> None:
    assert Boot(mean=90, p95=90).draw(1, 1) == pytest.approx(90)


@pytest.mark.parametrize(
    ("mean", "p95", "said"),
    [
        pytest.param(0, 10, "is positive", id="no time at all"),
        pytest.param(100, 90, "no more than its p95", id="a mean above the p95"),
        pytest.param(10, 10 * exp(1.36), "p95 beyond 39", id="wider than any lognormal"),
    ],
)
def test_what_no_lognormal_has_is_refused(mean: float, p95: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Boot(mean, p95)


MARKET = Calendar({"a": [(0, True), (100, False), (200, True)], "b": [(50, True), (150, False)]})


@pytest.mark.parametrize(
    ("zone", "at", "is_open", "closes"),
    [
        pytest.param("a", 0, True, 100, id="from a change on"),
        pytest.param("a", 100, False, None, id="until a change"),
        pytest.param("a", 250, True, None, id="after the last change"),
        pytest.param("b", 10, False, 150, id="before the first change"),
        pytest.param("c", 10, True, None, id="a zone that is not named"),
        pytest.param("", 120, True, 150, id="anywhere: as long as some zone has any"),
        pytest.param("", 60, True, 150, id="anywhere: until the last zone closes"),
        pytest.param("", 160, False, 160, id="anywhere: nowhere"),
        pytest.param("", 210, True, None, id="anywhere: where it never closes"),
    ],
)
def test_a_calendar_says_whether_and_how_long(
    zone: str, at: float, is_open: bool, closes: float | None
) -> None:
    assert MARKET.open(zone, at) is is_open
    assert MARKET.closes(zone, at) == closes


def test_without_a_calendar_there_are_always_machines() -> None:
    assert ALWAYS.open("a", 5)
    assert ALWAYS.open("", 5)
    assert ALWAYS.closes("", 5) is None
