"""What machines cost: to the second, in the period in which the time passed, and once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.core.fleet import Budget, Deployment
from autoscaler.core.ledger import Instance, Phase, Spend
from autoscaler.core.money import kept, spent_rows
from autoscaler.core.periods import Period
from autoscaler.core.purses import Purse, purses
from tests.core.make import NOW, ago, booting, busy, ended, fleet, instance, sold, spend

FLEET = fleet(sold(60.0), money={"lab": Budget(day=100, hour=90), "queue:q": Budget(month=50)})
BERLIN = fleet(sold(60.0), timezone="Europe/Berlin")
MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)


def sums(rows: list[Spend], now: datetime = NOW) -> dict[str, tuple[float, ...]]:
    """What each row says of the hour, the day and the month."""
    return {row.key: tuple(round(kept(row, p, now), 6) for p in Period) for row in rows}


def lived(start: datetime, end: datetime, price: float = 60.0) -> Instance:
    return instance(phase=Phase.GONE, launched_at=start, gone_at=end, hourly_price=price)


def test_a_machine_that_leaves_the_table_is_paid_by_all_whose_money_it_was() -> None:
    row = ended(lived=90, ago=30, hourly_price=60.0, queue="q")
    rows = spent_rows(FLEET, [spend("lab", day=5, month=7)], row, NOW)
    assert sums(rows) == {"*": (0, 90, 90), "lab": (0, 95, 97), "queue:q": (0, 90, 90)}


def test_one_that_no_queue_asked_for_is_no_queues_money() -> None:
    assert set(sums(spent_rows(FLEET, [], ended(lived=9), NOW))) == {"*", "lab"}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(instance(phase=Phase.GONE, gone_at=ago(1)), id="it was never launched"),
        pytest.param(ended(lived=9, hourly_price=0.0), id="it was free"),
        pytest.param(ended("b", lived=9), id="nobody knows its price"),
    ],
)
def test_what_cost_nothing_is_not_written(row: Instance) -> None:
    assert spent_rows(FLEET, [], row, NOW) == []


@pytest.mark.parametrize(
    ("deployment", "start", "end", "now", "expected"),
    [
        pytest.param(FLEET, -90, -10, 5, (0, 0, 0), id="all of it in the month before"),
        pytest.param(FLEET, -90, 30, 45, (30, 30, 30), id="the part since midnight"),
        pytest.param(FLEET, -90, 90, 100, (30, 90, 90), id="the part since the full hour"),
        pytest.param(BERLIN, -90, 30, 45, (30, 90, 90), id="in Berlin it is one o'clock"),
    ],
)
def test_a_period_that_ends_takes_its_share_with_it(
    deployment: Deployment, start: int, end: int, now: int, expected: tuple[float, ...]
) -> None:
    start_at, end_at, then = (MIDNIGHT + timedelta(minutes=m) for m in (start, end, now))
    rows = spent_rows(deployment, [], lived(start_at, end_at), then)
    assert sums(rows, then)["*"] == expected


def test_a_sum_counts_until_its_period_ends_and_no_longer() -> None:
    (row,) = [r for r in spent_rows(FLEET, [], lived(ago(30), NOW), NOW) if r.key == "*"]
    assert sums([row], NOW + timedelta(hours=11))["*"] == (0, 30, 30)
    assert sums([row], NOW + timedelta(hours=12))["*"] == (0, 0, 30)
    assert sums([row], NOW + timedelta(days=31))["*"] == (0, 0, 0)
    later = NOW + timedelta(hours=20)
    (after,) = [r for r in spent_rows(FLEET, [row], lived(NOW, later, 1.0), later) if r.key == "*"]
    assert sums([after], later)["*"] == (0, 8, 50)


def test_another_time_zone_does_not_forget_what_was_spent() -> None:
    (row,) = [r for r in spent_rows(FLEET, [], lived(ago(30), NOW), NOW) if r.key == "*"]
    (after,) = [r for r in spent_rows(BERLIN, [row], lived(ago(9), NOW), NOW) if r.key == "*"]
    assert sums([after]) == {"*": (0, 39, 39)}


@given(
    st.lists(
        st.tuples(st.integers(-3000, 3000), st.integers(1, 3000), st.integers(0, 100)), max_size=8
    ),
    st.lists(st.integers(0, 3000), min_size=8, max_size=8),
)
def test_what_lives_and_what_left_add_up_to_the_time_that_passed(
    lives: list[tuple[int, int, int]], delays: list[int]
) -> None:
    """Whenever a row leaves the table, nothing is counted twice and nothing is lost."""
    now = MIDNIGHT + timedelta(minutes=3000)
    machines = [
        (MIDNIGHT + timedelta(minutes=start), timedelta(minutes=length), float(price))
        for start, length, price in lives
    ]
    rows: dict[str, Spend] = {}
    living: list[Instance] = []
    leaving = sorted(
        (start + length + timedelta(minutes=delay), start, length, price)
        for (start, length, price), delay in zip(machines, delays, strict=False)
    )
    for left, start, length, price in leaving:
        row = lived(start, start + length, price)
        if left > now:
            living.append(row.model_copy(update={"phase": Phase.UP, "gone_at": None}))
            if start + length <= now:
                living[-1] = row
            continue
        rows |= {each.key: each for each in spent_rows(FLEET, rows.values(), row, left)}
    (month,) = [p for p in purses(FLEET, living, rows.values(), now) if of(p) == ("*", "month")]
    passed = [
        price * max(0.0, (min(start + length, now) - max(start, MIDNIGHT)) / timedelta(hours=1))
        for start, length, price in machines
    ]
    assert month.spent == pytest.approx(sum(passed))


def of(purse: Purse) -> tuple[str, str]:
    return purse.scope, str(purse.period)


def test_each_budget_is_told_in_each_of_its_periods_and_everything_always() -> None:
    up = busy(launched_at=ago(20), hourly_price=60.0).instance
    boots = booting(queue="q", left=20, launched_at=ago(10), hourly_price=60.0).instance
    free = busy("b", launched_at=ago(10)).instance
    found = purses(FLEET, [up, boots, free], [spend("lab", day=75)], NOW)
    told = {of(p): (p.spent, p.committed, p.left, p.unpriced) for p in found}
    assert told == {
        ("*", "day"): (30, 30, None, 1),
        ("*", "month"): (30, 30, None, 1),
        ("lab", "hour"): (0, 120, 0, 1),
        ("lab", "day"): (105, 30, 0, 1),
        ("queue:q", "month"): (10, 25, 15, 0),
    }
