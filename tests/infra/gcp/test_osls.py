"""serverless.gcp.yml: osls makes a folder for Terraform of it, and runs Terraform there."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which
from typing import Any

import hcl2
import pytest

from infra.package.settings import Settings
from tests.infra.gcp.planned import MODULE, PROJECT, package, terraform
from tests.infra.gcp.provider import serving
from tests.infra.gcp.schema import ROOT, Schema
from tests.infra.rendered import OSLS

pytestmark = pytest.mark.slow  # osls takes a second to start

# Writes down how it is called, and tells an output; a word in FAIL is a command that fails.
RECORDER = """#!/bin/sh
echo "$PWD $*" >> "$CALLS"
if [ "$1" = "$FAIL" ]; then echo "Error: no quota" >&2; exit 3; fi
if [ "$1" = output ]; then echo "${OUTPUTS}"; fi
"""
OUTPUTS = {
    "database": {"value": "clearml-autoscaler-team"},
    "functions": {"value": {"poller": "u"}},
}


@dataclass(frozen=True)
class Service:
    """A copy of what osls reads of this repository, in a folder of its own."""

    folder: Path
    environment: Mapping[str, str]

    def osls(self, *arguments: str, terminal: bool = False) -> subprocess.CompletedProcess[str]:
        there, here = pty.openpty() if terminal else (None, None)
        done = subprocess.run(  # noqa: S603 - the tool under test
            [str(OSLS), *arguments, "-c", "serverless.gcp.yml"],
            cwd=self.folder,
            env={"HOME": str(self.folder), "GOOGLE_CLOUD_PROJECT": PROJECT, **self.environment},
            stdin=here if terminal else subprocess.DEVNULL,
            check=False,
            capture_output=True,
            text=True,
        )
        for end in filter(None, (there, here)):
            os.close(end)
        return done

    def told(self, *arguments: str) -> str:
        """What it says when it fails, in one line."""
        done = self.osls(*arguments)
        assert done.returncode == 1, done.stdout
        return re.sub(r"\s+", " ", done.stdout + done.stderr)

    def called(self) -> list[str]:
        """How Terraform was called, each time in the folder of the package."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        place = f"{self.folder / '.serverless'} "
        assert all(line.startswith(place) for line in lines)
        return [line.removeprefix(place) for line in lines]

    def main(self) -> dict[str, Any]:
        text = (self.folder / ".serverless" / "main.tf.json").read_text()
        found: dict[str, Any] = json.loads(text)
        return found

    def given(self, **environment: str) -> Service:
        return replace(self, environment={**self.environment, **environment})


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Service:
    if not OSLS.exists() or not which("node"):
        pytest.skip("osls is not installed: `make package-gcp` installs it, where npm is")
    for name in ("gcp", "osls"):
        shutil.copytree(ROOT / "infra" / name, tmp_path / "infra" / name)
    shutil.copy(ROOT / "serverless.gcp.yml", tmp_path)
    package(settings, tmp_path / "build" / "gcp")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "terraform").write_text(RECORDER)
    (tools / "terraform").chmod(0o755)
    return Service(
        tmp_path,
        {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "CALLS": str(tmp_path / "calls"),
            "OUTPUTS": json.dumps(OUTPUTS),
        },
    )


def test_a_package_has_all_that_terraform_needs(service: Service) -> None:
    done = service.osls("package")
    assert done.returncode == 0, done.stderr
    made = service.folder / ".serverless"
    assert {file.name for file in (made / "package").iterdir()} == {
        "functions.zip",
        "deployment.json",
    }
    assert {file.name for file in (made / "module").iterdir()} == {
        file.name for file in MODULE.glob("*.tf")
    }
    assert service.main()["module"]["autoscaler"] == {
        "source": "./module",
        "package": "${path.module}/package",
        "project": PROJECT,
        "region": "europe-west4",
        "labels": {},
    }
    outputs = [name for one in outputs_of_module() for name in one]
    assert service.main()["output"] == {
        name: {"value": f"${{module.autoscaler.{name}}}"} for name in outputs
    }


def outputs_of_module() -> list[dict[str, Any]]:
    options = hcl2.utils.SerializationOptions(strip_string_quotes=True)
    text = (MODULE / "outputs.tf").read_text()
    found: list[dict[str, Any]] = hcl2.loads(text, serialization_options=options)["output"]
    return found


def test_what_an_operator_chose_reaches_the_module_as_it_was_written(service: Service) -> None:
    chosen = service.given(
        AUTOSCALER_ALERTS_EMAIL="ops+${x}@example.com",
        AUTOSCALER_CONFIG_IN_TABLE="true",
        GOOGLE_CLOUD_REGION="us-central1",
    )
    done = chosen.osls("package", "--param=vpcEgress=ALL_TRAFFIC")
    assert done.returncode == 0, done.stderr
    assert (
        service.main()["module"]["autoscaler"].items()
        >= {
            "alerts_email": "ops+$${x}@example.com",  # a text, and no expression
            "config_in_table": "true",
            "region": "us-central1",
            "vpc_egress": "ALL_TRAFFIC",
        }.items()
    )


def test_variables_of_the_file_are_variables_of_the_module(service: Service) -> None:
    text = (service.folder / "serverless.gcp.yml").read_text()
    named = set(re.findall(r"^    (\w+): \$\{(?:param|self)", text, re.MULTILINE))
    options = hcl2.utils.SerializationOptions(strip_string_quotes=True)
    text = (MODULE / "variables.tf").read_text()
    declared = hcl2.loads(text, serialization_options=options)["variable"]
    assert named
    assert named <= {name for one in declared for name in one}


@pytest.mark.parametrize(
    ("bucket", "backend"),
    [
        pytest.param(
            "", {"local": {"path": "../clearml-autoscaler-team.tfstate"}}, id="in a file beside it"
        ),
        pytest.param(
            "states",
            {"gcs": {"bucket": "states", "prefix": "clearml-autoscaler-team"}},
            id="in a bucket",
        ),
    ],
)
def test_terraform_keeps_what_it_knows_where_no_package_is_cleaned_up(
    service: Service, bucket: str, backend: dict[str, Any]
) -> None:
    service.given(AUTOSCALER_STATE_BUCKET=bucket).osls("package")
    assert service.main()["terraform"]["backend"] == backend


def test_a_deployment_is_an_apply(service: Service) -> None:
    done = service.osls("deploy", "--auto-approve")
    assert done.returncode == 0, done.stderr
    assert service.called() == [
        "init -input=false",
        "apply -input=false -auto-approve",
    ]


def test_a_package_that_was_made_before_is_deployed_as_it_is(service: Service) -> None:
    service.osls("package", "--package", "made")
    shutil.rmtree(service.folder / "build")
    (service.folder / "build" / "gcp").mkdir(parents=True)
    (service.folder / "build" / "gcp" / "deployment.json").write_text('{"name": "team"}')
    assert service.osls("deploy", "--package", "made", "--auto-approve").returncode == 0
    assert f"{service.folder / 'made'} apply" in (service.folder / "calls").read_text()


def test_terraform_asks_before_it_acts_where_somebody_can_answer(service: Service) -> None:
    assert service.osls("deploy", terminal=True).returncode == 0
    assert service.called()[1] == "apply"
    assert service.osls("remove", terminal=True).returncode == 0
    assert service.called()[-1] == "destroy"


def test_a_removal_is_a_destroy(service: Service) -> None:
    assert service.osls("remove", "--auto-approve").returncode == 0
    assert service.called() == ["init -input=false", "destroy -input=false -auto-approve"]


def test_what_was_made_can_be_asked_for(service: Service) -> None:
    told = 'database: clearml-autoscaler-team\nfunctions: {"poller":"u"}\n'
    assert told in service.osls("info").stdout
    assert service.called() == ["init -input=false", "output -json"]


@pytest.mark.parametrize("command", ["deploy", "remove"])
def test_nothing_is_done_where_nobody_can_be_asked(service: Service, command: str) -> None:
    assert f"osls {command} --auto-approve" in service.told(command)
    assert service.called() == []


@pytest.mark.parametrize(
    ("environment", "arguments", "told"),
    [
        pytest.param(
            {"FAIL": "apply"},
            ["deploy", "--auto-approve"],
            "terraform apply ended with exit code 3: .*Error: no quota",
            id="terraform fails",
        ),
        pytest.param(
            {"AUTOSCALER_TERRAFORM": "terrafrom"},
            ["deploy", "--auto-approve"],
            "terrafrom was not found: install Terraform 1.5 or newer",
            id="terraform is not there",
        ),
        pytest.param({"OUTPUTS": "{}"}, ["info"], "Nothing is deployed", id="nothing is deployed"),
        pytest.param(
            {"GOOGLE_CLOUD_PROJECT": ""},
            ["package"],
            "GOOGLE_CLOUD_PROJECT is not set",
            id="no project",
        ),
        pytest.param(
            {},
            ["deploy", "--auto-approve", "--package", "elsewhere"],
            "has no main.tf.json: run `osls package` first",
            id="a package that was never made",
        ),
    ],
)
def test_what_goes_wrong_is_told_with_its_remedy(
    service: Service, environment: dict[str, str], arguments: list[str], told: str
) -> None:
    assert re.search(told, service.given(**environment).told(*arguments))


def test_a_package_without_its_archive_is_refused(service: Service) -> None:
    (service.folder / "build" / "gcp" / "functions.zip").unlink()
    assert "functions.zip is missing: run `make package-gcp` first" in service.told("package")
    assert not (service.folder / ".serverless" / "main.tf.json").exists()


@pytest.mark.usefixtures("needs_terraform")
def test_terraform_itself_deploys_it_finds_nothing_to_change_and_removes_it(
    service: Service, schema: Schema
) -> None:
    (service.folder / "tools" / "terraform").unlink()
    state = service.folder / "clearml-autoscaler-team.tfstate"
    with serving(schema, knows=False) as environment:
        real = service.given(CHECKPOINT_DISABLE="1", **environment)
        first = real.osls("deploy", "--auto-approve")
        assert first.returncode == 0, first.stdout + first.stderr
        assert "database: clearml-autoscaler-team" in real.osls("info").stdout
        made = json.loads(state.read_text())["resources"]
        assert {"google_firestore_database", "google_cloudfunctions2_function"} <= {
            one["type"] for one in made
        }
        again = real.osls("deploy", "--auto-approve")
        assert "No changes" in again.stdout, again.stdout + again.stderr
        valid = terraform(service.folder / ".serverless", "validate", environment=environment)
        assert "Success" in valid.stdout, valid.stderr
        gone = real.osls("remove", "--auto-approve")
        assert gone.returncode == 0, gone.stdout + gone.stderr
    assert json.loads(state.read_text())["resources"] == []
