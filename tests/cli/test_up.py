"""`up --once`: one tick of the real thing, in this process."""

import fcntl
import json
import sqlite3
from pathlib import Path

import pytest

from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import Lab


@pytest.fixture
def ready(tmp_path: Path, standin: StandIn) -> Lab:
    return Lab(tmp_path, api=standin.url)


def test_one_look_tells_problems_and_leaves_a_tick_behind(run: Run, ready: Lab) -> None:
    result = run("up", "--once", env={**KEYS, "COLUMNS": "300"})

    assert result.exit_code == 0
    assert result.stdout.startswith("lab: team   looks at http://127.0.0.1:")
    assert "! ClearML has no queue 'gpu' → create it in ClearML" in result.stdout
    assert result.stdout.endswith("Stopped; no machine is left.\n")
    assert "team   last tick" in run("explain").stdout
    assert ready.file.exists()


def test_quiet_prints_only_what_is_wrong(run: Run, ready: Lab) -> None:
    assert ready.config.exists()

    lines = run("up", "--once", "--quiet", env=KEYS).stdout.splitlines()

    assert len(lines) == 2
    assert all(" ! ClearML has no queue" in line for line in lines)


def test_json_is_one_object_on_each_line(run: Run, ready: Lab) -> None:
    assert ready.config.exists()

    lines = [
        json.loads(line)
        for line in run("up", "--once", "--json", env=KEYS).stdout.split("\n")
        if line
    ]

    assert [line["type"] for line in lines] == ["started", "tick", "stopped"]
    assert list(lines[1]) == [
        "type",
        "at",
        "gen",
        "skipped",
        "ordered",
        "drained",
        "in_flight",
        "queues",
        "machines",
        "busy",
        "idle",
        "problem",
        "launches",
        "drains",
        "did_not",
    ]


def test_once_leaves_machines_alone_unless_asked(run: Run, ready: Lab) -> None:
    ready.add(ready.instance())

    shown = run("up", "--once", env=KEYS).stdout

    assert "Stopped; 1 machine lives on." in shown


def test_a_second_one_on_the_same_table_does_not_start(run: Run, ready: Lab) -> None:
    with Path(f"{ready.file}.lock").open("w") as lock:
        lock.write("process 7 on lab\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)

        result = run("up", "--once", env=KEYS)

    assert result.exit_code == 2
    assert "`autoscaler up` runs on it already (process 7 on lab)" in result.stderr


def test_a_tick_that_fails_ends_with_1(run: Run, ready: Lab, standin: StandIn) -> None:
    """The table cannot be read: somebody edited a row by hand."""
    ready.add(ready.instance())
    with sqlite3.connect(ready.file) as db:
        db.execute("UPDATE rows SET attributes = json_set(attributes, '$.phase', 'ODD')")
    db.close()

    result = run("up", "--once", env=KEYS)

    assert standin.url
    assert result.exit_code == 1
    assert "a row cannot be understood" in result.stdout
