"""What `status` shows of the table."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import Breaker, QueueSeen, Unavailable
from tests.cli.conftest import Run
from tests.cli.lab import FIRST, Lab

HOSTILE = "\x1b[31mevil\x1b[0m\n[red]x\u202e"


def cells(output: str, first: str) -> list[str]:
    """The words of the line that begins with `first`."""
    return next(line.split() for line in output.splitlines() if line.startswith(first))


def test_it_shows_what_waits_what_lives_and_why(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("status").stdout

    assert shown.startswith("lab   5 tasks waiting, oldest 2 min")
    assert "3 of 6 machines · 1.05 an hour" in shown
    assert cells(shown, "default")[:2] == ["default", "5"]
    assert cells(shown, "fast")[:3] == ["fast", "0", "-"]
    assert cells(shown, "gpu") == ["gpu", "?", "-", "team/gpu", "does", "not", "exist"]
    assert cells(shown, "team/cpu") == ["team/cpu", "3/3", "1", "1", "1", "0", "30", "s", "1.05"]
    assert cells(shown, "5N1A.0")[:4] == ["5N1A.0", "UP", "idle", "team/cpu"]
    assert cells(shown, "5N1A.1")[:4] == ["5N1A.1", "UP", "busy", "protected"]
    assert cells(shown, "2V7B.0")[:3] == ["2V7B.0", "BOOTING", "team/cpu"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        pytest.param(-2, ["UP", "idle", "reclaimed"], id="soon"),
        pytest.param(14, ["UP", "idle", "reclaimed"], id="any moment"),
        pytest.param(16, ["UP", "idle", "team/cpu"], id="not at all, it seems"),
    ],
)
def test_a_machine_that_its_cloud_takes_back_is_marked(
    run: Run, lab: Lab, minutes: int, words: list[str]
) -> None:
    lab.add(lab.decision(), lab.instance(reclaim_at=lab.ago(minutes=minutes)))

    assert cells(run("status").stdout, "5N1A.0")[1:4] == words
    (line,) = json.loads(run("status", "--json").stdout)["instances"]
    assert line["reclaimed"] == ("reclaimed" in words)
    assert ("UP idle reclaimed" in run("explain", "5N1A.0").stdout) == ("reclaimed" in words)


def test_watching_into_a_pipe_prints_a_block_for_each_look(lab: Lab) -> None:
    lab.busy_day()
    command = [str(Path(sys.executable).with_name("autoscaler")), "status", "--watch"]
    with subprocess.Popen(  # noqa: S603 - our own arguments
        [*command, "--interval", "0.2", "-c", str(lab.config)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        heads = (line for line in process.stdout if line.startswith("lab   5 tasks waiting"))
        found = [next(heads, ""), next(heads, "")]
        process.kill()

    assert all(found)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_terminal(run: Run, lab: Lab, width: int) -> None:
    lab.busy_day()

    shown = run("status", env={"COLUMNS": str(width)}).stdout

    assert max(len(line) for line in shown.splitlines()) <= width
    assert ("worker" in shown) == (width == 200)


def test_it_needs_neither_secrets_nor_a_server_and_changes_nothing(run: Run, lab: Lab) -> None:
    lab.busy_day()
    before = lab.file.read_bytes()

    assert run("status").exit_code == 0
    assert lab.file.read_bytes() == before


def test_the_json_is_one_object_with_stable_keys(run: Run, lab: Lab) -> None:
    lab.busy_day()

    told = json.loads(run("status", "--json").stdout)

    assert list(told) == [
        "deployment",
        "at",
        "last_tick",
        "last_tick_is_old",
        "waiting",
        "oldest",
        "live",
        "max",
        "hourly_price",
        "autoscalers",
        "queues",
        "resources",
        "money",
        "old_prices",
        "instances",
    ]
    assert told["queues"][0] == {
        "queue": "default",
        "waiting": 5,
        "oldest": lab.ago(minutes=2).isoformat().replace("+00:00", "Z"),
        "served_by": ["team/cpu"],
        "note": "",
    }
    assert list(told["resources"][0]) == [
        "resource",
        "queues",
        "live",
        "min",
        "max",
        "coming",
        "idle",
        "busy",
        "leaving",
        "idle_limit",
        "hourly_price",
        "note",
    ]
    assert list(told["instances"][0]) == [
        "name",
        "key",
        "machine",
        "worker",
        "resource",
        "phase",
        "activity",
        "since",
        "idle_since",
        "launched_at",
        "hourly_price",
        "protected",
        "reclaimed",
        "reason",
    ]


def test_before_anything_ran_it_says_so_and_makes_nothing(run: Run, lab: Lab) -> None:
    result = run("status")

    assert result.exit_code == 2
    assert result.stderr.endswith("nothing has run yet: autoscaler up\n")
    assert not lab.file.exists()


@pytest.mark.parametrize(
    ("age", "asked"),
    [
        pytest.param(timedelta(seconds=40), False, id="two ticks late is no reason to worry"),
        pytest.param(timedelta(minutes=5), True, id="five minutes are"),
    ],
)
def test_an_old_tick_is_pointed_out(run: Run, lab: Lab, age: timedelta, asked: bool) -> None:
    lab.add(lab.decision(at=lab.now - age))

    assert ("is `autoscaler up` running?" in run("status").stdout) == asked


def test_a_pause_is_shown_with_who_and_why(run: Run, lab: Lab) -> None:
    lab.add(lab.decision(), lab.control(scale_out=False))

    shown = run("status").stdout

    assert "team: scale-out was paused by ada@lab" in shown
    assert "upgrade" in shown


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        pytest.param("breaker", "3 boots failed in a row: no worker", id="boots that fail"),
        pytest.param("unavailable", "cannot be had: out of stock", id="offerings refused"),
    ],
)
def test_a_resource_that_cannot_start_says_why(run: Run, lab: Lab, rows: str, note: str) -> None:
    until = lab.now + timedelta(minutes=3)
    if rows == "breaker":
        lab.add(Breaker(key="team/cpu", failures=3, open_until=until, reason="no worker"))
    else:
        key = "team/cpu:process:on-demand"
        lab.add(Unavailable(key=key, until=until, count=1, code="out of stock"))

    resources = json.loads(run("status", "--json").stdout)["resources"]

    assert resources[0]["note"] == note


def test_each_queue_is_shown_as_the_last_tick_saw_it(run: Run, lab: Lab) -> None:
    seen = (
        QueueSeen(queue="default", waiting=2),
        QueueSeen(queue="gpu", waiting=5, paused=True),
    )
    lab.add(lab.decision(waiting=7, queues=seen))

    queues = json.loads(run("status", "--json").stdout)["queues"]

    assert [(q["queue"], q["waiting"], q["note"]) for q in queues] == [
        ("default", 2, ""),
        ("fast", None, "does not exist"),
        ("gpu", 5, "paused by its tag"),
    ]


def test_a_number_that_nobody_read_is_not_made_up(run: Run, lab: Lab) -> None:
    down = Verdict(cause=Cause.CLEARML_UNREADABLE, autoscaler="team", reason="down")
    lab.add(lab.decision(queues=(), did_not=(down,)))

    queues = json.loads(run("status", "--json").stdout)["queues"]

    assert {(q["waiting"], q["note"]) for q in queues} == {(None, "could not be read")}


@pytest.mark.parametrize("arguments", [["status"], ["explain"], ["explain", "5N1A.0"]])
def test_hostile_names_are_only_text(run: Run, lab: Lab, arguments: list[str]) -> None:
    verdict = Verdict(cause=Cause.RESOURCE_MAX, queue=HOSTILE, reason=HOSTILE, remedy=HOSTILE)
    lab.add(
        lab.decision(did_not=(verdict,)),
        lab.control(scale_in=False, by=HOSTILE, reason=HOSTILE),
        lab.instance(reason=HOSTILE, worker=HOSTILE, type=HOSTILE),
        past=(lab.event("drain asked for", subject=f"{FIRST}.0", reason=HOSTILE, minutes=1),),
    )

    shown = run(*arguments, env={"COLUMNS": "300"}).stdout

    assert "\\x1b[31mevil\\x1b[0m\\n[red]x\\u202e" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
