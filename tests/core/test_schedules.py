"""Limits by the clock: hours, days, zones, and the two nights on which the clocks are changed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Hours, winding_down
from autoscaler.core.plan import decide
from autoscaler.core.schedules import ends, in_force
from tests.core.make import (
    NOW,
    busy,
    drains,
    fleet,
    hours,
    idle,
    launches,
    queue,
    resource,
    snapshot,
    verdict,
    why_not,
)

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
TASKS = [queue("q", 9)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(*moments: str) -> list[datetime]:
    return [at(moment) for moment in moments]


@pytest.mark.parametrize(
    ("window", "running", "not_running"),
    [
        pytest.param(
            hours("08:00", "20:00"),
            times("2026-01-01 08:00", "2026-01-01 19:59:59"),
            times("2026-01-01 07:59:59", "2026-01-01 20:00"),
            id="from the first moment until just before the last",
        ),
        pytest.param(
            hours("08:00", "20:00", "01234"),
            times("2026-01-02 12:00", "2026-01-05 12:00"),
            times("2026-01-03 12:00", "2026-01-04 12:00"),
            id="on working days",
        ),
        pytest.param(
            hours("22:00", "06:00", "4"),
            times("2026-01-02 23:00", "2026-01-03 05:59"),
            times("2026-01-02 05:00", "2026-01-03 06:00", "2026-01-03 23:00"),
            id="over midnight: the day is that on which it begins",
        ),
        pytest.param(
            hours("00:00", "00:00", "5"),
            times("2026-01-03 00:00", "2026-01-03 23:59"),
            times("2026-01-02 23:59", "2026-01-04 00:00"),
            id="a whole day",
        ),
        pytest.param(
            hours("08:00", "20:00", timezone=NEW_YORK),
            times("2026-01-01 13:00", "2026-01-02 00:59"),
            times("2026-01-01 12:59", "2026-01-02 01:00"),
            id="by the clocks of the zone",
        ),
        pytest.param(
            hours("08:00", "20:00", "3", timezone="Pacific/Kiritimati"),
            times("2025-12-31 18:00", "2026-01-01 05:59"),
            times("2026-01-01 18:00"),
            id="and its days: there it is Thursday already",
        ),
        pytest.param(
            hours("08:00", "20:00", timezone=BERLIN),
            times("2026-03-28 07:00", "2026-03-29 06:00"),
            times("2026-03-28 06:59", "2026-03-29 05:59"),
            id="eight is eight in winter and in summer",
        ),
        pytest.param(
            hours("02:30", "05:00", timezone=BERLIN),
            times("2026-03-29 01:30", "2026-03-29 02:59"),
            times("2026-03-29 01:29", "2026-03-29 03:00"),
            id="clocks go on: half past two is half past three",
        ),
        pytest.param(
            hours("01:00", "02:30", timezone=BERLIN),
            times("2026-03-29 00:00", "2026-03-29 01:29"),
            times("2026-03-29 01:30"),
            id="and hours that end then end half an hour after three",
        ),
        pytest.param(
            hours("02:00", "03:00", timezone=BERLIN),
            [],
            times("2026-03-29 00:59", "2026-03-29 01:00", "2026-03-29 01:59"),
            id="an hour that is skipped is none",
        ),
        pytest.param(
            hours("02:30", "04:00", timezone=BERLIN),
            times("2026-10-25 00:30", "2026-10-25 01:15", "2026-10-25 01:30", "2026-10-25 02:59"),
            times("2026-10-25 00:29", "2026-10-25 03:00"),
            id="clocks go back: it begins the first time and is not interrupted",
        ),
        pytest.param(
            hours("01:00", "02:30", timezone=BERLIN),
            times("2026-10-24 23:00", "2026-10-25 00:29"),
            times("2026-10-25 00:30", "2026-10-25 01:15"),
            id="it ends the first time and does not begin again",
        ),
        pytest.param(
            hours("22:00", "06:00", timezone=BERLIN),
            times("2026-10-24 20:00", "2026-10-25 04:59", "2026-03-28 21:00", "2026-03-29 03:59"),
            times("2026-10-25 05:00", "2026-03-29 04:00"),
            id="a night of nine hours, and one of seven",
        ),
        pytest.param(
            hours("01:45", "03:00", timezone=LORD_HOWE),
            times("2026-04-04 14:45", "2026-04-04 15:15", "2026-04-04 16:29"),
            times("2026-04-04 14:44", "2026-04-04 16:30"),
            id="clocks that go back by half an hour",
        ),
    ],
)
def test_when_hours_run(
    window: Hours, running: Sequence[datetime], not_running: Sequence[datetime]
) -> None:
    assert [now for now in running if not ends(window, now)] == []
    assert [now for now in not_running if ends(window, now)] == []


@given(
    st.integers(0, 3 * 366 * 24 * 60).map(lambda m: at("2025-01-01") + timedelta(minutes=m)),
    st.lists(st.integers(0, 95), min_size=2, max_size=6, unique=True),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, "America/Havana", "UTC"]),
)
def test_hours_that_follow_one_another_fill_the_day_and_never_overlap(
    now: datetime, quarters: list[int], zone: str
) -> None:
    marks = [f"{q // 4:02}:{q % 4 * 15:02}" for q in sorted(quarters)]
    tiles = [hours(a, b, timezone=zone) for a, b in zip(marks, marks[1:] + marks[:1], strict=True)]
    assert len([tile for tile in tiles if ends(tile, now)]) == 1


def test_a_schedule_sets_a_minimum_and_says_until_when() -> None:
    nights = hours("11:00", "11:30", min_instances=9)
    days = hours("08:00", "20:00", timezone=BERLIN, min_instances=2)
    plan = decide(fleet(resource("a", schedule=(days, nights))), snapshot())
    assert [(each.count, each.reason) for each in plan.launches] == [
        (2, "lab/a keeps at least 2, by its schedule until Thu 20:00 (Europe/Berlin)")
    ]


@pytest.mark.parametrize(
    ("schedule", "limits"),
    [
        pytest.param([], (1, 10), id="without one, the limits are those of the configuration"),
        pytest.param([hours("01:00", "02:00", max_instances=2)], (1, 10), id="as at other hours"),
        pytest.param([hours(max_instances=2)], (1, 2), id="a maximum"),
        pytest.param([hours(max_instances=0)], (0, 0), id="a minimum never breaks a maximum"),
        pytest.param(
            [hours(min_instances=3), hours(min_instances=2)], (2, 10), id="the later one counts"
        ),
        pytest.param(
            [hours(min_instances=3, max_instances=4), hours(max_instances=5)],
            (3, 5),
            id="for each limit by itself",
        ),
    ],
)
def test_limits_in_force(schedule: Sequence[Hours], limits: tuple[int, int]) -> None:
    asked = fleet(resource("a", min_instances=1, schedule=tuple(schedule)), resource("b"))
    now = in_force(asked, NOW)
    found = now.by_key["lab/a"]
    assert (found.min_instances, found.max_instances) == limits
    assert now.by_key["lab/b"] == asked.by_key["lab/b"]


def test_what_a_schedule_no_longer_keeps_goes_when_it_is_idle() -> None:
    asked = fleet(resource("a", min_instances=1, schedule=(hours(min_instances=0),)))
    assert drains(decide(asked, snapshot(idle(for_minutes=20)))) == ["m1"]


def test_an_autoscalers_maximum_may_have_hours_too() -> None:
    asked = fleet(resource("a"), resource("ops/c"), lab=9)
    lab, ops = asked.autoscalers
    lab = lab.model_copy(update={"schedule": (hours(max_instances=2),)})
    asked = asked.model_copy(update={"autoscalers": (lab, ops)})
    plan = decide(asked, snapshot(busy(), queues=TASKS))
    assert launches(plan) == {"a": 1, "ops/c": 8}
    told = verdict(plan, Cause.SCHEDULE)
    assert told.reason == (
        "1 of 9 wanted starts; autoscaler lab may have at most 2 (max_instances),"
        " which its schedule sets until Thu 20:00 (UTC)"
    )


@pytest.mark.parametrize(
    ("of_lab", "of_a", "frozen"),
    [
        pytest.param(
            [hours(freeze=True)], [], True, id="an autoscaler's resources freeze with it"
        ),
        pytest.param([], [hours(freeze=True)], True, id="or one alone"),
        pytest.param([], [hours(freeze=True), hours(freeze=False)], False, id="the later counts"),
        pytest.param([hours("01:00", "02:00", freeze=True)], [], False, id="not at other hours"),
    ],
)
def test_a_freeze_starts_nothing_and_stops_nothing(
    of_lab: Sequence[Hours], of_a: Sequence[Hours], frozen: bool
) -> None:
    asked = fleet(resource("a", schedule=tuple(of_a)))
    (lab,) = asked.autoscalers
    lab = lab.model_copy(update={"schedule": tuple(of_lab)})
    asked = asked.model_copy(update={"autoscalers": (lab,)})
    busy_plan = decide(asked, snapshot(queues=TASKS))
    idle_plan = decide(asked, snapshot(idle(for_minutes=20)))
    assert (not busy_plan.launches, not idle_plan.drains) == (frozen, frozen)
    assert (Cause.FROZEN in why_not(busy_plan)) == frozen
    assert (Cause.KEPT_FROZEN in why_not(idle_plan)) == frozen


def test_winding_down_asks_no_schedule() -> None:
    always = hours("00:00", "00:00", min_instances=2, freeze=True)
    asked = fleet(resource("a", min_instances=1, schedule=(always,)))
    plan = decide(winding_down(asked), snapshot(idle(for_minutes=1)))
    assert (launches(plan), drains(plan)) == ({}, ["m1"])
