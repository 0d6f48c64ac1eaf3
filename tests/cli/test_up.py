"""`up --once`: one tick of the real thing, in this process."""

import fcntl
import json
import sqlite3
from pathlib import Path

import pytest

from autoscaler.config import load
from autoscaler.core.ledger import Phase
from autoscaler.hosts.local import Local
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
        "living",
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


def test_a_second_one_says_nothing_of_having_started(run: Run, ready: Lab) -> None:
    ready.add()
    with Local(load(ready.config)).alone():
        result = run("up", "--once", env=KEYS)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_one_with_another_table_meets_the_first_in_the_workdir(run: Run, ready: Lab) -> None:
    other = ready.config.with_name("other.yaml")
    other.write_text(f"state: other.db\n{ready.config.read_text()}")
    ready.add()
    with Local(load(ready.config)).alone():
        result = run("up", "--once", "-c", str(other), env=KEYS)

    assert result.exit_code == 2
    assert f"workdir = {ready.file.with_name('.autoscaler')}: " in result.stderr


def test_an_act_by_hand_makes_no_table_while_one_runs(run: Run, ready: Lab) -> None:
    with Local(load(ready.config)).alone():
        Path(f"{ready.file}.lock").unlink()
        result = run("pause")

    assert result.exit_code == 2
    assert "runs there already, with another table or one that was removed" in result.stderr
    assert not ready.file.exists()


def test_the_table_s_folder_is_made_as_check_promises(run: Run, ready: Lab) -> None:
    ready.config.write_text(f"state: new/folder/table.db\n{ready.config.read_text()}")

    assert "✓ state         table.db: made by `autoscaler up`" in run("check").stdout
    assert run("up", "--once", env=KEYS).exit_code == 0
    assert ready.config.with_name("new").joinpath("folder", "table.db").is_file()


def test_a_folder_that_cannot_be_made_is_told_by_both(run: Run, ready: Lab) -> None:
    ready.config.with_name("new").touch()
    ready.config.write_text(f"state: new/folder/table.db\n{ready.config.read_text()}")

    looked, started = run("check"), run("up", "--once", env=KEYS)

    assert "✗ state" in looked.stdout
    assert (looked.exit_code, started.exit_code) == (2, 2)
    assert started.stderr.startswith("error: state = ")


def test_machines_that_are_gone_and_want_a_second_look_are_told(run: Run, ready: Lab) -> None:
    ready.add(ready.instance(phase=Phase.GONE, gone_at=ready.now, idle_since=None))

    result = run("up", "--once", "--on-shutdown", "all", env={**KEYS, "COLUMNS": "300"})

    assert result.exit_code == 0
    assert "1 machine that ended: tasks that ran are back. The next" in result.stdout


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
