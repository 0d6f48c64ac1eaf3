"""Traces and spot markets as CSV: what is read, and what is said of a row that is wrong."""

from pathlib import Path

import pytest

from autoscaler.errors import ConfigError
from autoscaler.simulate.files import read_spot, read_trace
from autoscaler.simulate.workload import Task

HEAD = "job_id,queue,submit_s,duration_s,gpus\n"
SPOT = "zone,start_s,available\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "week.csv"


def test_a_trace_is_its_tasks_as_often_as_they_are_asked_for(file: Path) -> None:
    file.write_text(f"{HEAD}a,gpu,0,60,1\nb,cpu,1.5,7200,0\n", encoding="utf-8")

    read = read_trace(file)

    assert (read.name, read.queues, read.count) == ("week", ("gpu", "cpu"), 2)
    assert list(read.tasks()) == list(read.tasks())
    assert list(read.tasks()) == [
        Task("a", "gpu", 0.0, 60.0, 1.0),
        Task("b", "cpu", 1.5, 7200.0, 0.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"\ufeff{HEAD}a,gpu,0,60,1\n", id="as spreadsheets save it"),
        pytest.param("job_id,queue,submit_s,duration_s\na,gpu,0,60\n", id="without gpus"),
        pytest.param(f"{HEAD}a, gpu ,0,60,\n", id="with spaces, and an empty cell"),
        pytest.param("queue,extra,duration_s,submit_s,job_id\ngpu,x,60,0,a\n", id="another order"),
    ],
)
def test_what_can_be_understood_is_understood(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")

    assert list(read_trace(file).tasks()) == [Task("a", "gpu", 0.0, 60.0, 1.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "line 1: has no column 'job_id'", id="an empty file"),
        pytest.param(HEAD, "has no tasks", id="no row"),
        pytest.param(
            "job_id,queue\n", "line 1 = job_id,queue: has no column 'submit_s'", id="head"
        ),
        pytest.param(f"{HEAD}a,gpu,0,60,1\nb,gpu,x,1,1\n", "line 3, submit_s = x", id="no number"),
        pytest.param(f"{HEAD}a,gpu,0,-1,1\n", "line 2, duration_s = -1", id="a negative number"),
        pytest.param(f"{HEAD}a,gpu,0,inf,1\n", "line 2, duration_s = inf", id="without an end"),
        pytest.param(f"{HEAD}a,gpu,0\n", "line 2, duration_s: write", id="a short row"),
        pytest.param(f"{HEAD}a,,0,60,1\n", "line 2, queue: is empty", id="no queue"),
        pytest.param(
            f"{HEAD}a,gpu,9,1,1\nb,gpu,8,1,1\n", "line 3, submit_s = 8: comes", id="order"
        ),
        pytest.param(f"{HEAD}a,gpu,0,1,x\n", "line 2, gpus = x", id="gpus that are no number"),
    ],
)
def test_a_trace_that_is_wrong_is_told_by_line_and_field(file: Path, text: str, said: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"week\.csv") as raised:
        read_trace(file)

    assert said in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_told(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_trace(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not a CSV file in UTF-8"):
        read_trace(file)


def test_a_spot_market_opens_and_closes_by_zone(file: Path) -> None:
    rows = "a,0,1\na,100,0\na,200,1\na,300,end\nb,50,1\n"
    file.write_text(f"{SPOT}{rows}", encoding="utf-8")

    market = read_spot(file)

    assert market.zones == ("a", "b")
    assert [market.open("a", at) for at in (0, 99, 100, 200, 300)] == [
        *(True, True, False, True, False)
    ]
    assert [market.open("b", at) for at in (49, 50, 10**9)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"{SPOT}a,0,yes\n", "line 2, available = yes: write 1", id="no such state"),
        pytest.param(f"{SPOT}a,9,1\na,8,0\n", "line 3, start_s = 8: comes after", id="order"),
        pytest.param(SPOT, "has no rows", id="no row"),
    ],
)
def test_a_spot_market_that_is_wrong_is_told(file: Path, text: str, said: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        read_spot(file)

    assert said in str(raised.value)
