"""For how long machines may be idle, as `status` and `explain` tell it."""

import json
from pathlib import Path

import pytest

from autoscaler.core.ledger import Learned
from tests.cli.conftest import Run
from tests.cli.lab import CONFIG, Lab

BOOTS = "100 120 130"
GAPS, LEVELS = "250 " * 24 + "5000 " * 6, "1 " * 30


@pytest.fixture
def _taught(lab: Lab) -> None:
    lab.busy_day()
    lab.add(Learned(key="team/cpu", at=lab.ago(minutes=1), boots=BOOTS, gaps=GAPS, levels=LEVELS))


def lines(run: Run) -> dict[str, dict[str, object]]:
    (told,) = json.loads(run("explain", "--json").stdout)["autoscalers"]
    return {line["resource"]: line for line in told["idle_limits"]}


@pytest.mark.usefixtures("_taught")
def test_explain_tells_the_boot_the_break_even_and_the_limit_with_its_reason(run: Run) -> None:
    shown = " ".join(run("explain", env={"COLUMNS": "300"}).stdout.split())

    assert (
        "team/cpu: as many stay as had work lately"
        " (of 30 gaps: machine 1 5 min 10 s, others 30 s);"
        " a boot takes 2 min 10 s, and 10 min 20 s without work cost as much as a new machine"
    ) in shown
    assert "team/gpu: as many stay as had work lately (of 0 gaps: every machine 30 s)" in shown


@pytest.mark.usefixtures("_taught")
def test_the_json_has_the_same_in_seconds(run: Run) -> None:
    assert lines(run)["team/cpu"] == {
        "resource": "team/cpu",
        "policy": "adaptive",
        "limit": 310,
        "max_idle": 900,
        "boot": 130,
        "break_even": 620,
        "gaps": 30,
        "why": "of 30 gaps: machine 1 5 min 10 s, others 30 s",
    }


@pytest.mark.usefixtures("_taught")
def test_status_tells_the_limit(run: Run) -> None:
    found = json.loads(run("status", "--json").stdout)["resources"]

    assert [line["idle_limit"] for line in found] == [310, 30]
    assert "5 min 10 s" in run("status").stdout


def test_policy_simple_has_one_limit(run: Run, tmp_path: Path) -> None:
    text = CONFIG.replace("max_idle", "policy: simple\n    max_idle")
    Lab(tmp_path, text=text).busy_day()

    assert lines(run)["team/cpu"] == {
        "resource": "team/cpu",
        "policy": "simple",
        "limit": 900,
        "max_idle": 900,
        "boot": None,
        "break_even": None,
        "gaps": None,
        "why": "max_idle",
    }
    assert "team/cpu: each stays for 15 min  policy simple" in run("explain").stdout
    assert "of 15 min: it may go in 1" in run("explain", "5N1A.0").stdout
