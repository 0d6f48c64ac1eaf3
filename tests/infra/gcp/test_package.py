"""What is deployed to Google Cloud: sources that import nothing that was left out."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from autoscaler.config import parse
from autoscaler.errors import ConfigError
from infra.package.google import build, for_terraform, misfits, put_together
from infra.package.settings import Settings, read
from tests.infra.gcp.conftest import CONFIG
from tests.infra.gcp.schema import ROOT

LARGEST = 2_000_000  # bytes
ON_AWS = """
deployment: team
clearml:
  api: https://api.clear.ml
  access_key: gcp-secret:clearml-login#access_key
  secret_key: gcp-secret:clearml-login#secret_key
aws:
  region: eu-central-1
  role: arn:aws:iam::123456789012:role/of-the-autoscaler
  instance_profile: machines
  agent_access_key: ssm:/agents/access_key
  agent_secret_key: ssm:/agents/secret_key
autoscalers:
  - name: vision
    resources:
      - {name: gpu, provider: ec2, queues: [gpu], types: [g5.xlarge], max_instances: 1}
"""


@pytest.fixture(scope="session")
def stage(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage") / "package"
    put_together(settings, folder)
    return folder


def test_the_same_inputs_give_the_same_bytes_and_not_many(
    settings: Settings, tmp_path: Path
) -> None:
    archive, _ = build(settings, tmp_path / "one")
    build(settings, tmp_path / "two")
    for name in ("functions.zip", "deployment.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert archive.size < LARGEST


def test_it_is_a_folder_as_cloud_build_wants_it(stage: Path) -> None:
    tops = {path.name for path in stage.iterdir()} - {"__pycache__"}
    assert tops == {"main.py", "autoscaler", "autoscaler.json", "requirements.txt"}
    lock = (stage / "requirements.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==\S+", lock, re.MULTILINE))
    assert pinned >= {"functions-framework", "google-cloud-firestore", "google-cloud-pubsub"}
    assert not pinned & {"boto3", "typer", "rich", "psutil"}
    assert lock.count("--hash=") > len(pinned)


def test_the_configuration_in_it_is_the_operators(stage: Path, settings: Settings) -> None:
    text = (stage / "autoscaler.json").read_text()
    assert parse(text, folder=Path()).deployment() == settings.config.deployment()


def test_the_machines_programs_travel_as_sources(stage: Path) -> None:
    for room in ("boot", "guard"):
        assert (stage / "autoscaler" / "machine" / room / "main.py").exists()


@pytest.mark.slow
def test_the_four_functions_are_found_in_it(stage: Path) -> None:
    asked = (
        "import json, main; print(json.dumps([main.__file__, main.reaper.__module__, dir(main)]))"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", asked],
        cwd=stage,
        env={
            "PYTHONPATH": str(stage),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GOOGLE_CLOUD_PROJECT": "my-project-42",
            "DATABASE": "clearml-autoscaler-team",
            "PREFIX": "clearml-autoscaler-team",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    file, _, names = json.loads(done.stdout.splitlines()[-1])
    assert Path(file).parent == stage
    assert set(names) >= {"poller", "launcher", "reaper", "watcher"}


def test_nothing_of_it_imports_what_was_left_out_but_for_machines_that_it_does_not_have(
    stage: Path,
) -> None:
    for path in stage.rglob("*.py"):
        tree = ast.parse(path.read_text())
        at_once = set(imported(tree.body))
        for name in imported(list(ast.walk(tree))):
            asked_later = name.startswith("autoscaler.adapters.aws.") and name not in at_once
            assert there(stage, name) or asked_later, (path.relative_to(stage), name)


def test_what_starts_machines_of_aws_is_in_it_where_the_configuration_has_some(
    tmp_path: Path, stage: Path
) -> None:
    assert not there(stage, "autoscaler.adapters.aws.ec2")
    both = read_from(tmp_path, ON_AWS)
    put_together(both, tmp_path / "stage")
    assert there(tmp_path / "stage", "autoscaler.adapters.aws.ec2")
    lock = (tmp_path / "stage" / "requirements.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert {"boto3", "botocore", "google-cloud-firestore"} <= set(pinned)
    assert len(pinned) == len(set(pinned))


def imported(nodes: list[ast.AST] | list[ast.stmt]) -> Iterator[str]:
    """The modules of ours that these statements import."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autoscaler."):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("autoscaler."))


def there(stage: Path, module: str) -> bool:
    path = stage / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def read_from(folder: Path, text: str) -> Settings:
    file = folder / "autoscaler.yaml"
    file.write_text(text)
    return read(file, misfits)


def test_terraform_is_told_of_projects_accounts_and_secrets_of_who_acts_as_itself(
    settings: Settings,
) -> None:
    told = for_terraform(settings)
    assert told["name"] == "team"
    assert told["projects"] == ["", "other-project"]
    assert told["impersonated"] == ["autoscaler@a-customers-project.iam.gserviceaccount.com"]
    workers = "workers@other-project.iam.gserviceaccount.com"
    assert told["accounts"] == ["cas-team-machines@my-project-42.iam.gserviceaccount.com", workers]
    assert told["logs"] == [{"project": "other-project", "account": workers}]


@pytest.mark.parametrize(
    ("written", "instead", "secret", "functions"),
    [
        pytest.param("", "", "clearml-login", ["poller", "reaper"], id="of ClearML"),
        pytest.param("", "", "chat", ["poller", "reaper"], id="a webhook"),
        pytest.param("", "", "git", [], id="of machines"),
        pytest.param("", "", "clearml-agents", [], id="of agents"),
        pytest.param(
            "impersonate: autoscaler@a-customers-project.iam.gserviceaccount.com",
            "credentials: 'gcp-secret:key'",
            "key",
            ["launcher", "poller", "reaper"],
            id="a login at another project",
        ),
        pytest.param(
            "gcp: {",
            "aws: {access_key: 'gcp-secret:keys#id', secret_key: 'gcp-secret:keys#key'}\ngcp: {",
            "keys",
            ["launcher", "poller", "reaper"],
            id="a login at AWS",
        ),
        pytest.param(
            "  agent_access_key: gcp-secret:clearml-agents#access_key\n"
            "  agent_secret_key: gcp-secret:clearml-agents#secret_key\n",
            "",
            "clearml-login",
            ["poller", "reaper"],
            id="of ClearML, and of agents that have none of their own",
        ),
    ],
)
def test_functions_read_the_secrets_that_they_need(
    tmp_path: Path, written: str, instead: str, secret: str, functions: list[str]
) -> None:
    assert written in CONFIG
    told = for_terraform(read_from(tmp_path, CONFIG.replace(written, instead, 1)))
    assert isinstance(told["secrets"], list)
    found = [one["functions"] for one in told["secrets"] if one["name"] == secret]
    assert functions in found
    assert all(each in ([], functions) for each in found)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        pytest.param(
            "deployment: team", "deployment: a-deployment-of-18", "at most 17", id="long"
        ),
        pytest.param("deployment: team", "deployment: a_team", "a-z, 0-9 and -", id="_"),
        pytest.param(
            "gcp: {service_account: cas-team-machines@my-project-42.iam.gserviceaccount.com}",
            "",
            "write cas-team-machines@PROJECT.iam.gserviceaccount.com",
            id="machines without an account",
        ),
    ],
)
def test_what_cannot_be_deployed_is_refused_before(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        read_from(tmp_path, CONFIG.replace(written, instead))


def test_the_command_says_what_it_built(tmp_path: Path) -> None:
    (tmp_path / "autoscaler.yaml").write_text(CONFIG)
    given = [
        "--host",
        "gcp",
        "--config",
        str(tmp_path / "autoscaler.yaml"),
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "infra.package", *given],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"functions.zip: \d\.\d MB, \d\.\d MB unpacked, sha256 \w{64}\n", done.stdout)
    with ZipFile(tmp_path / "functions.zip") as archive:
        assert "main.py" in archive.namelist()
