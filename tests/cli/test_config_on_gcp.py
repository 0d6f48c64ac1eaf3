"""The configuration in the database of a deployment on Google Cloud."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autoscaler.config import load, parse
from autoscaler.core.ledger import Ref
from tests.cli.conftest import Run
from tests.config.test_on_gcp import FITS, GCE
from tests.hosts.project import Project, project
from tests.real.fake_rest import FakeRest, RefusedError, served

ON_GCP = ("--host", "gcp", "-c", "team.yaml")
LIST = "cloudfunctions.projects.locations.functions.list"


class Functions:
    """What Google says of the functions: `variables` are the poller's; `refused`: nothing."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.variables = prefix, {"CONFIG": "table:"}
        self.refused = self.missing = False
        self.fake = FakeRest("cloudfunctions.v2", {LIST: self._listed})

    def _listed(self, _: object, query: Any, __: object) -> Any:
        if self.refused:
            raise RefusedError(403, "forbidden", "Permission 'functions.list' denied")
        if self.missing or not query.get("pageToken"):
            return {"functions": [{"name": "projects/p/locations/l/functions/another"}]} | (
                {} if self.missing else {"nextPageToken": "more"}
            )
        name = f"projects/p/locations/europe-west4/functions/{self.prefix}-poller"
        told = {"name": name, "serviceConfig": {"environmentVariables": self.variables}}
        return {"functions": [told]}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    with project(monkeypatch) as made:
        yield made


@pytest.fixture
def functions(deployed: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    made = Functions(deployed.prefix)
    with served(made.fake) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return wanted(tmp_path / "team.yaml")


def wanted(path: Path, text: str = GCE, **changes: str) -> Path:
    path.write_text(text.format(**{**FITS, "name": "lab", **changes}))
    return path


@pytest.mark.usefixtures("functions")
def test_what_is_pushed_is_pulled_by_whoever_knows_the_deployments_name(
    run: Run, file: Path
) -> None:
    pushed = run("config", "push", *ON_GCP, "--by", "ada")
    config = load(file)
    file.unlink()
    pulled = run("config", "pull", "--host", "gcp", "--stage", "lab")

    assert (pushed.exit_code, pushed.stderr) == (0, "")
    assert parse(pulled.stdout, folder=file.parent) == config


@pytest.mark.usefixtures("functions")
def test_diff_and_validate_look_at_that_database(run: Run, file: Path) -> None:
    run("config", "push", *ON_GCP)
    wanted(file, GCE.replace("max_instances: 1", "max_instances: 2"))

    differs = run("config", "diff", *ON_GCP)
    stored = run("config", "validate", *ON_GCP, "--stored", "--json")

    assert (differs.exit_code, "max_instances: 2" in differs.stdout) == (1, True)
    assert json.loads(stored.stdout) == {"ok": True, "found": "1 autoscaler, 1 resource"}


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize("command", ["push", "validate"])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"secret": "ssm:/login"}, "no secrets of AWS's", id="a secret of AWS's"),
        pytest.param({"name": "team"}, "the deployment is lab", id="another deployment"),
    ],
)
def test_what_no_function_there_can_use_is_refused_before_it_is_written(
    run: Run, file: Path, deployed: Project, command: str, changes: dict[str, str], told: str
) -> None:
    wanted(file, **changes)

    result = run("config", command, *ON_GCP, "--stage", "lab")

    assert (result.exit_code, told in " ".join(result.stderr.split())) == (2, True)
    assert deployed.state.read(Ref("config", "*")) is None


def test_a_push_that_no_function_reads_says_so(run: Run, file: Path, functions: Functions) -> None:
    assert file.exists()
    functions.variables["CONFIG"] = "autoscaler.json"

    result = run("config", "push", *ON_GCP)

    assert result.exit_code == 0
    assert "deploy with config_in_table = true" in result.stderr


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param("missing", "has no function clearml-autoscaler-lab-poller", id="none"),
        pytest.param("refused", "allow it to the account that called", id="not allowed"),
    ],
)
def test_where_nobody_can_say_who_reads_it_nothing_is_written(
    run: Run, file: Path, deployed: Project, functions: Functions, wrong: str, told: str
) -> None:
    assert file.exists()
    setattr(functions, wrong, True)

    result = run("config", "push", *ON_GCP)

    assert (result.exit_code, told in " ".join(result.stderr.split())) == (2, True)
    assert deployed.state.read(Ref("config", "*")) is None
