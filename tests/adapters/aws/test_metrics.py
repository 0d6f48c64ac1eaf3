"""What a tick costs in metrics, and what it says."""

import json
from datetime import timedelta

import pytest

from autoscaler.adapters.aws.metrics import NAMESPACE, publish
from autoscaler.errors import UnavailableError
from autoscaler.hosts.functions.figures import counted
from tests.services.stage import MINUTE, Stage, resource


def lines(stage: Stage, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    figures = counted(stage.deployment, stage.tick(MINUTE).seen)
    publish("stage", figures)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_idle_autoscaler_feeds_no_metric(capsys: pytest.CaptureFixture[str]) -> None:
    assert not lines(Stage(), capsys)


def test_one_with_work_tells_of_it_by_deployment_and_autoscaler_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = Stage(resource(queues=("cpu", "spare"), max_instances=2))
    stage.start(machines=1)
    stage.enqueue(tasks=3)
    stage.advance(timedelta(seconds=30))
    (line,) = lines(stage, capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]  # type: ignore[index]
    assert directive["Namespace"] == NAMESPACE
    assert [sorted(each) for each in directive["Dimensions"]] == [["autoscaler", "deployment"]]
    assert len(directive["Metrics"]) == 4
    assert (line["deployment"], line["autoscaler"]) == ("stage", "team")
    assert (line["WaitingTasks"], line["OldestWaitSeconds"]) == ([3.0], [90.0])
    assert (line["Machines"], line["BusyMachines"]) == ([1.0], [1.0])


def test_tasks_are_not_called_none_while_clearml_is_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = Stage()
    stage.start()
    stage.break_clearml(UnavailableError("502"))
    (line,) = lines(stage, capsys)
    assert line["Machines"] == [1.0]
    assert "WaitingTasks" not in line
