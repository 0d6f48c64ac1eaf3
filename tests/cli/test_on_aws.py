"""The same commands for a deployment on AWS, as its stack describes it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.core.ledger import Control, Instance, Launch, Phase
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import FIRST, Lab
from tests.cli.stack import Deployed, stack
from tests.real.aws import REGION

ON_AWS = ("--host", "aws")


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with stack(monkeypatch) as made:
        yield made


def test_status_and_explain_read_the_table_in_dynamodb(
    run: Run, lab: Lab, deployed: Deployed
) -> None:
    deployed.add(lab.instance(), lab.decision())
    assert json.loads(run("status", *ON_AWS, "--json").stdout)["waiting"] == 5
    assert "team" in run("explain", "team", *ON_AWS).stdout
    assert not lab.file.exists()


def test_an_act_is_written_where_the_functions_read(
    run: Run, lab: Lab, deployed: Deployed
) -> None:
    deployed.add(lab.instance())
    told = run("drain", "5N1A.0", *ON_AWS, "--reason", "a trial", "--by", "ada")
    assert told.exit_code == 0
    assert deployed.instance().phase == Phase.DRAINING
    assert "its poller must run for that" in told.stdout


@pytest.mark.usefixtures("lab", "deployed")
def test_a_stack_that_is_not_there_is_named_with_its_region(run: Run) -> None:
    told = run("status", *ON_AWS, "--stage", "other")
    assert told.exit_code == 2
    assert f"{REGION} has no stack clearml-autoscaler-other" in told.stderr
    assert "AWS_REGION" in told.stderr


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("command", ["redrive", "remove"])
def test_what_only_a_deployment_has_says_so(command: str, run: Run) -> None:
    told = run(command)
    assert (told.exit_code, "add --host aws" in told.stderr) == (2, True)


@pytest.mark.usefixtures("lab")
def test_a_stage_needs_a_host(run: Run) -> None:
    assert "--stage = prod: a stage is deployed" in run("status", "--stage", "prod").stderr


@pytest.mark.usefixtures("lab", "deployed")
def test_without_dead_letters_nothing_is_handed_over(run: Run) -> None:
    assert "dead-letters: holds nothing" in run("redrive", *ON_AWS).stdout
    assert json.loads(run("redrive", *ON_AWS, "--json").stdout) == {"moved": {"dead-letters": 0}}


@pytest.mark.parametrize("now", [(), ("--now",)])
def test_before_its_removal_nothing_starts_and_everything_goes(
    now: tuple[str, ...],
    run: Run,
    lab: Lab,
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launch = lab.launch(deadline=lab.ago(minutes=-5), count=1)
    deployed.add(lab.instance(idle_since=None), launch)
    asked: list[Instance] = []

    def functions_work(_seconds: float) -> None:
        """What the functions do while the command waits."""
        asked.append(deployed.instance())
        rows = {type(row): row for row in deployed.state.live()}
        order = rows[Launch]
        assert isinstance(order, Launch)
        assert order.deadline <= lab.ago(seconds=-60)
        deployed.state.commit(remove=[deployed.instance(), order])

    monkeypatch.setattr("time.sleep", functions_work)
    told = run("remove", *ON_AWS, *now, "--yes", "--by", "ada")
    assert told.exit_code == 0
    assert "osls remove" in told.stdout
    assert "2 still there" in told.stderr
    (row,) = asked
    assert row.forced if now else row.dismissed
    control = next(row for row in deployed.state.live() if isinstance(row, Control))
    assert (control.scale_out, control.scale_in, control.by) == (False, True, "ada")


def test_a_removal_is_asked_for_twice(run: Run, lab: Lab, deployed: Deployed) -> None:
    deployed.add(lab.instance(f"{FIRST}.0"))
    assert "add --yes" in run("remove", *ON_AWS).stderr
    assert deployed.instance().phase == Phase.UP


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("server", "code", "told"),
    [
        pytest.param("{}", 0, "", id="the server that is configured"),
        pytest.param("", 2, "set CLEARML_API_HOST to {} beside it", id="none"),
        pytest.param("http://other:8008", 2, "it is for http://other:8008", id="another one"),
    ],
)
def test_a_login_of_variables_is_for_the_server_that_is_named_beside_it(
    run: Run, tmp_path: Path, standin: StandIn, server: str, code: int, told: str
) -> None:
    Lab(tmp_path, api=standin.url)
    url = standin.url
    beside = server.format(url)

    result = run("plan", *ON_AWS, env={**KEYS, "CLEARML_API_HOST": beside or None})

    assert (result.exit_code, told.format(url) in " ".join(result.stderr.split())) == (code, True)
    assert bool(standin.log.of("auth.login")) == (code == 0)
