"""What people set in the database counts in the functions, warm or cold."""

import json
from pathlib import Path
from typing import Any

import pytest

from autoscaler.config.stored import change, read
from autoscaler.core.ledger import ConfigRow, Ref
from autoscaler.errors import ConfigError, UnavailableError
from autoscaler.hosts.gcp_in_force import PARTS, InForce
from autoscaler.hosts.gcp_settings import Settings
from tests.contracts.state_rows import AT
from tests.functions.gcp.lab import Lab, configuration
from tests.real.functions_framework import FUNCTIONS, MAIN


@pytest.fixture(autouse=True)
def _environment(here: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def _pushed(here: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its functions read the database; the package has a file that allows two machines."""
    monkeypatch.setenv("PACKAGED", here.environment["CONFIG"])
    monkeypatch.setenv("CONFIG", "table:")
    push(here, max_instances=3)


def push(here: Lab, **resource: object) -> None:
    text = json.dumps(configuration(here.clearml.url, **resource))
    wanted = change(text, read(here.state.read), by="ada", at=AT)
    here.state.commit(put=wanted.put, remove=wanted.remove)


def edit(here: Lab, old: str, new: str, key: str = "team") -> None:
    row = here.state.read(Ref("config", key))
    assert isinstance(row, ConfigRow)
    assert old in row.text
    here.state.commit(put=[row.model_copy(update={"text": row.text.replace(old, new)})])


def maximum(in_force: InForce) -> int | None:
    return in_force.current().deployment.by_key["team/cpu"].max_instances


def test_the_packaged_file_counts() -> None:
    in_force = InForce.from_environment()
    assert (in_force.name, maximum(in_force)) == ("lab", 2)


@pytest.mark.usefixtures("_pushed")
def test_what_was_pushed_counts_in_a_warm_function(here: Lab) -> None:
    in_force = InForce.from_environment()
    assert maximum(in_force) == 3
    push(here, max_instances=4)
    assert maximum(in_force) == 4


@pytest.mark.usefixtures("_pushed")
def test_while_nothing_changes_everything_stays_as_it_was_made() -> None:
    in_force = InForce.from_environment()
    assert in_force.current() is in_force.current()


@pytest.mark.usefixtures("_pushed")
def test_what_cannot_be_read_leaves_the_last_good_one(here: Lab) -> None:
    in_force = InForce.from_environment()
    assert maximum(in_force) == 3
    edit(here, "max_instances: 3", "max_instances: many")
    assert maximum(in_force) == 3


@pytest.mark.usefixtures("_pushed")
def test_a_cold_function_without_a_good_one_holds_by_the_packaged_file(here: Lab) -> None:
    edit(here, "max_instances: 3", "max_instances: many")
    in_force = InForce.from_environment()
    assert maximum(in_force) == 2
    in_force.current().launcher("a-launch")  # it says so, and starts nothing
    assert not here.cloud.calls


@pytest.mark.parametrize(
    ("key", "old", "new", "told"),
    [
        pytest.param(
            "*", "deployment: lab", "deployment: other", "the deployment is lab", id="another name"
        ),
        pytest.param(
            "team",
            "name: team",
            "name: team\ngcp: {project: another-project}",
            "gcp.project = another-project: its accounts may act elsewhere only: deploy again",
            id="a project in which no account may act",
        ),
        pytest.param(
            "team",
            "name: team",
            "name: team\ngcp: {impersonate: 'x@y-project.iam.gserviceaccount.com'}",
            "they may not take it on: deploy again",
            id="an account that nobody may take on",
        ),
    ],
)
@pytest.mark.usefixtures("_pushed")
def test_what_the_deployment_was_not_made_for_does_not_count(
    here: Lab, caplog: pytest.LogCaptureFixture, key: str, old: str, new: str, told: str
) -> None:
    in_force = InForce.from_environment()
    assert maximum(in_force) == 3
    edit(here, old, new, key)
    edit(here, "max_instances: 3", "max_instances: 4")
    assert maximum(in_force) == 3
    assert any(told in vars(one).get("error", "") for one in caplog.records)


def test_nothing_is_asked_of_google_before_the_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONFIG", "table:")
    monkeypatch.setenv("PACKAGED", "none.json")
    monkeypatch.setenv("DATABASE", "nowhere")
    in_force = InForce.from_environment()
    with pytest.raises((ConfigError, UnavailableError), match="nowhere"):
        in_force.current()


def test_every_function_has_its_part_made_with_its_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(PARTS) == set(FUNCTIONS)
    for name in FUNCTIONS:
        monkeypatch.setenv("FUNCTION_TARGET", name)
        made: dict[str, Any] = vars(InForce.from_environment().current())
        assert [part for part in PARTS if part in made] == [name]


def test_the_entry_point_exports_them() -> None:
    text = Path(MAIN).read_text()
    assert [name for name in FUNCTIONS if f"@http\ndef {name}(" in text] == [*FUNCTIONS]


@pytest.mark.parametrize(
    ("alerts", "topic"),
    [
        pytest.param("a-topic", "projects/lab-project/topics/a-topic", id="of the project"),
        pytest.param("projects/p/topics/t", "projects/p/topics/t", id="of another one"),
    ],
)
def test_the_topic_of_alerts_is_named(here: Lab, alerts: str, topic: str) -> None:
    assert Settings.read({**here.environment, "ALERTS": alerts}).alerts_topic == topic
