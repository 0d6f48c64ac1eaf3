"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from pydantic_core import PydanticCustomError

from autoscaler.config.durations import duration, written


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("90s", 90, id="seconds"),
        pytest.param("15m", 900, id="minutes"),
        pytest.param("2h", 7200, id="hours"),
        pytest.param("1d", 86400, id="days"),
        pytest.param(timedelta(seconds=7), 7, id="what is one already"),
        pytest.param("1h30m", 5400, id="several units"),
        pytest.param(" 1d2h3m4s ", 93784, id="all units, and spaces around them"),
    ],
)
def test_a_duration_is_read(text: object, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("found", "remedy"),
    [
        pytest.param(15, "say the unit: 15s, 15m or 15h", id="a bare number"),
        pytest.param("15", "say the unit: 15s, 15m or 15h", id="a bare number in quotes"),
        pytest.param("15 min", "write it as 15m", id="another word for minutes"),
        pytest.param("1 hour, 30 minutes", "write it as 1h30m", id="whole words"),
        pytest.param("soon", "write a length of time, like 90s, 15m or 1h30m", id="no number"),
        pytest.param("1.5h", "write a length of time, like 90s, 15m or 1h30m", id="a fraction"),
        pytest.param("30m1h", "write a length of time, like 90s, 15m or 1h30m", id="disorder"),
        pytest.param(True, "write a length of time, like 90s, 15m or 1h30m", id="true"),
        pytest.param("", "write a length of time, like 90s, 15m or 1h30m", id="nothing"),
        pytest.param("0s", "at least 1s", id="no time at all"),
        pytest.param("999999d", "at most 365d", id="longer than a year"),
    ],
)
def test_a_duration_is_refused_with_what_to_write(found: object, remedy: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        duration(found)

    assert caught.value.message() == remedy


@pytest.mark.parametrize(
    ("length", "text"),
    [
        pytest.param(timedelta(minutes=90), "1h30m", id="only the units that count"),
        pytest.param(timedelta(days=1, seconds=1), "1d1s", id="nothing for what is zero"),
        pytest.param(timedelta(0), "0s", id="no time at all"),
    ],
)
def test_a_duration_is_written(length: timedelta, text: str) -> None:
    assert written(length) == text
