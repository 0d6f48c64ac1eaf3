"""Days and months as people have them, hours as clocks do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.core.periods import HOUR, Period, window

BERLIN, KATHMANDU, HAVANA = "Europe/Berlin", "Asia/Kathmandu", "America/Havana"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "now", "zone", "start", "hours"),
    [
        pytest.param("hour", "2026-01-01 12:34:56", BERLIN, "2026-01-01 12:00", 1, id="an hour"),
        pytest.param(
            "hour", "2026-10-25 01:10", BERLIN, "2026-10-25 01:00", 1, id="the 25th hour"
        ),
        pytest.param("day", "2026-01-01 12:34", "UTC", "2026-01-01 00:00", 24, id="a day"),
        pytest.param("day", "2026-01-01 23:00", BERLIN, "2026-01-01 23:00", 24, id="of a zone"),
        pytest.param(
            "day", "2026-01-01 18:15", KATHMANDU, "2026-01-01 18:15", 24, id="5:45 ahead"
        ),
        pytest.param("day", "2026-03-29 12:00", BERLIN, "2026-03-28 23:00", 23, id="clocks go on"),
        pytest.param("day", "2026-10-25 12:00", BERLIN, "2026-10-24 22:00", 25, id="and back"),
        pytest.param(
            "day", "2026-11-01 05:30", HAVANA, "2026-11-01 04:00", 25, id="midnight comes twice"
        ),
        pytest.param("month", "2026-02-28 23:00", BERLIN, "2026-02-28 23:00", 743, id="March"),
        pytest.param("month", "2026-12-31 12:00", "UTC", "2026-12-01 00:00", 744, id="December"),
    ],
)
def test_windows(period: str, now: str, zone: str, start: str, hours: int) -> None:
    found = window(Period(period), at(now), zone)
    assert found == (at(start), at(start) + timedelta(hours=hours))


@given(
    st.integers(0, 10 * 366 * 86400).map(lambda s: at("2020-01-01") + timedelta(seconds=s)),
    st.sampled_from(Period),
    st.sampled_from([BERLIN, KATHMANDU, HAVANA, "UTC", "Australia/Lord_Howe"]),
)
def test_windows_hold_their_moment_and_follow_one_another(
    now: datetime, period: Period, zone: str
) -> None:
    found = window(period, now, zone)
    assert found.start <= now < found.end
    assert window(period, found.end, zone).start == found.end
    assert window(period, found.start, zone) == found


def test_what_two_times_share() -> None:
    day = window(Period.DAY, at("2026-01-01 12:00"), "UTC")
    assert day.shared(at("2025-12-31 23:00"), at("2026-01-01 02:00")) == 2 * HOUR
    assert day.shared(at("2026-01-02 00:00"), at("2026-01-02 02:00")) == 0 * HOUR
