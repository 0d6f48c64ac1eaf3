"""`plan` tells what the next tick would do, and leaves no trace."""

import json
from pathlib import Path

import pytest

from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import Lab


@pytest.fixture
def waiting(standin: StandIn) -> StandIn:
    """Four tasks wait in the queue default."""
    queue = standin.world.queues.default().id
    for _ in range(4):
        enqueue_python(standin.world, "task", "pass", queue=queue)
    return standin


def test_it_tells_launches_and_why_not_more(run: Run, tmp_path: Path, waiting: StandIn) -> None:
    Lab(tmp_path, api=waiting.url)

    result = run("plan", env=KEYS)

    assert result.exit_code == 0
    assert "The next tick would start 3 and drain 0. Nothing was changed now." in result.stdout
    assert "+ 3 x team/cpu: 4 tasks waiting in default" in result.stdout
    assert "1 not started: 3 of 4 wanted start; team/cpu may have" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["autoscaler.yaml"]


def test_it_tells_drains(run: Run, tmp_path: Path, standin: StandIn) -> None:
    lab = Lab(tmp_path, api=standin.url)
    lab.add(lab.instance(silent_since=lab.ago(hours=1)))
    before = lab.file.read_bytes()

    result = run("plan", env={**KEYS, "COLUMNS": "200"})

    assert "↓ 5N1A.0 team/cpu: its worker has been unknown to ClearML for 1 h" in result.stdout
    assert lab.file.read_bytes() == before


def test_the_json_has_stable_keys(run: Run, tmp_path: Path, waiting: StandIn) -> None:
    Lab(tmp_path, api=waiting.url)

    told = json.loads(run("plan", "--json", env=KEYS).stdout)

    assert list(told) == [
        "at",
        "problem",
        "queues",
        "launches",
        "drains",
        "not_started",
        "not_stopped",
    ]
    assert told["queues"]["default"]["waiting"] == 4
    assert told["launches"][0]["count"] == 3


def test_when_nothing_is_to_be_done_it_says_so(run: Run, tmp_path: Path, standin: StandIn) -> None:
    Lab(tmp_path, api=standin.url)

    assert "The next tick would change nothing." in run("plan", env=KEYS).stdout
