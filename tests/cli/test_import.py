"""ClearML's configuration in, ours out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from autoscaler.adapters.aws.clients import forget_session
from autoscaler.config import load, parse
from autoscaler.world.server import StandIn
from tests.adapters.aws.fake_parameters import Kept, keeping
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import Lab
from tests.config.importing.examples import FILE, FORM, SECRETS, parameters

OURS = "autoscaler.yaml"


@pytest.fixture
def theirs(tmp_path: Path) -> str:
    (tmp_path / "aws_autoscaler.yaml").write_text(FILE, encoding="utf-8")
    return "aws_autoscaler.yaml"


@pytest.fixture
def store() -> Iterator[Kept]:
    with keeping() as kept:
        yield kept


def account(store: Kept) -> dict[str, str | None]:
    return {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": store.url,
    }


def test_a_file_becomes_a_configuration_that_is_valid(run: Run, theirs: str) -> None:
    result = run("import", theirs)

    assert result.exit_code == 0
    assert "✓ autoscaler.yaml with 3 resources" in result.stdout
    assert "autoscaler secret put ssm:/clearml-autoscaler/vision/git-password" in result.stdout
    assert [a.name for a in load(OURS).autoscalers] == ["vision"]


def test_no_secret_is_shown_or_written(run: Run, theirs: str, tmp_path: Path) -> None:
    result = run("import", theirs, "--json")

    everything = result.stdout + result.stderr + (tmp_path / OURS).read_text()
    assert all(secret not in everything for secret in SECRETS)


def test_the_json_tells_all_of_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text(json.dumps(FORM), encoding="utf-8")

    told = json.loads(run("import", "app.json", "-o", "team.yaml", "--json").stdout)

    assert told["output"] == "team.yaml"
    assert told["problems"] == []
    assert told["secrets"][-1] == {
        "reference": "ssm:/clearml-autoscaler/vision-team/git-password",
        "from": "Git Password",
        "found": True,
        "stored": False,
    }
    assert "Compute Resources[0].Some New Option" in [each["field"] for each in told["left"]]


def test_standard_input_is_read(run: Run) -> None:
    assert run("import", "-", input=FILE).exit_code == 0
    assert load(OURS).deployment().by_key["vision/gpu_small"].max_instances == 4


def test_a_task_is_read_from_the_server(run: Run, standin: StandIn) -> None:
    data = yaml.safe_load(FILE)
    text = {k: str(v) for k, v in data["hyper_params"].items()}
    task = standin.world.tasks.create(
        name="AWS Auto-Scaler",
        type="service",
        sections={
            "hyperparams": {"General": parameters(**text)},
            "configuration": {"General": {"value": json.dumps(data["configurations"])}},
        },
    )

    result = run("import", "--from-task", task.id, "--api", standin.url, env=KEYS)

    assert result.exit_code == 0, result.stderr
    assert load(OURS).clearml.api == standin.url
    assert list(load(OURS).by_key) == ["vision/gpu_small", "vision/gpu_large", "vision/cpu"]


def test_a_task_that_is_not_there_is_told(run: Run, standin: StandIn) -> None:
    result = run("import", "--from-task", "0" * 32, "--api", standin.url, env=KEYS)

    assert result.exit_code == 2
    assert "ClearML shows no such task to this user" in result.stderr
    assert not Path(OURS).exists()


def test_secrets_are_stored_when_that_is_asked_for(run: Run, theirs: str, store: Kept) -> None:
    result = run("import", theirs, "--store-secrets", env=account(store))

    assert result.exit_code == 0, result.stderr
    assert "✓ ssm:/clearml-autoscaler/vision/git-password is stored" in result.stdout
    kept = {name: body["Value"] for name, body in store.parameters.items()}
    assert sorted(kept.values()) == sorted(SECRETS)
    assert all(body["Type"] == "SecureString" for body in store.parameters.values())
    assert "autoscaler secret put ssm:/clearml-autoscaler/vision/agent-access-key" in result.stdout


def test_a_secret_that_is_there_is_not_replaced_by_itself(
    run: Run, theirs: str, store: Kept
) -> None:
    run("import", theirs, "--store-secrets", env=account(store))
    again = run("import", theirs, "--store-secrets", "--force", env=account(store))
    replaced = run(
        "import", theirs, "--store-secrets", "--force", "--overwrite", env=account(store)
    )

    assert (again.exit_code, replaced.exit_code) == (2, 0)
    assert "--overwrite replaces it" in again.stderr


def test_a_result_with_mistakes_is_written_to_be_mended(run: Run, tmp_path: Path) -> None:
    spoilt = FILE.replace("iam_name: ml-worker", "iam_name: no name!")
    (tmp_path / "x.yaml").write_text(spoilt, encoding="utf-8")

    result = run("import", "x.yaml")

    assert result.exit_code == 2
    assert "✗ aws.instance_profile (line 12) = no name!: write an instance" in result.stdout
    assert "1 mistake to mend in it" in result.stdout
    assert "instance_profile: no name!" in (tmp_path / OURS).read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "name a file, or a task", id="nothing"),
        pytest.param(["a", "--from-task", "b"], "name a file, or a task", id="both"),
        pytest.param(["none.yaml"], "cannot be read", id="a file that is not there"),
        pytest.param(["."], "cannot be read", id="a folder"),
    ],
)
def test_it_says_what_it_needs(run: Run, arguments: list[str], said: str) -> None:
    result = run("import", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_it_overwrites_nothing(run: Run, theirs: str, lab: Lab) -> None:
    before = lab.config.read_text()

    assert run("import", theirs).exit_code == 2
    assert lab.config.read_text() == before


def test_what_is_exported_can_be_imported(run: Run, lab: Lab) -> None:
    exported = run("export").stdout
    imported = run("import", "-", "-o", "again.yaml", input=exported)

    assert imported.exit_code == 0
    assert load("again.yaml") == load(lab.config)
    assert parse(json.dumps(json.loads(run("export", "--json").stdout))) == parse(exported)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("hunter2\n", "hunter2", id="without the end of its line"),
        pytest.param("two\nlines\n", "two\nlines", id="with the lines in it"),
    ],
)
def test_a_secret_is_put_as_it_was_sent(run: Run, store: Kept, sent: str, kept: str) -> None:
    result = run("secret", "put", "ssm:/a/b", input=sent, env=account(store))

    assert result.stdout == "✓ ssm:/a/b is stored\n"
    assert store.parameters["/a/b"]["Value"] == kept


def test_no_secret_is_no_secret(run: Run, store: Kept) -> None:
    result = run("secret", "put", "ssm:/a/b", input="\n", env=account(store))

    assert result.exit_code == 2
    assert not store.parameters


def test_without_a_region_nobody_is_asked(run: Run, store: Kept) -> None:
    nowhere = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, "AWS_CONFIG_FILE": "none"}

    result = run("secret", "put", "ssm:/a/b", input="x", env={**account(store), **nowhere})

    assert result.exit_code == 2
    assert "--region: is missing: write it, or set AWS_REGION" in result.stderr


def test_who_is_not_logged_in_is_told_so(run: Run, store: Kept) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_PROFILE": None}
    files = {"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}
    alone = {**account(store), **nobody, **files, "AWS_EC2_METADATA_DISABLED": "true"}
    forget_session()

    result = run("secret", "put", "ssm:/a/b", input="x", env=alone)

    assert result.exit_code == 2
    assert "nobody is logged in to AWS here" in result.stderr
