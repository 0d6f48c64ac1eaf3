"""What Terraform would make of the module, with an operator's variables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.package.google import for_terraform
from infra.package.settings import Settings
from tests.infra.gcp.provider import serving
from tests.infra.gcp.schema import ROOT, Schema

MODULE = ROOT / "infra" / "gcp"
PROJECT = "my-project-42"
REGION = "europe-west4"

Values = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """`resources`: the values of each, by its address in the module."""

    resources: Mapping[str, Values]
    outputs: Mapping[str, Any]

    def of(self, type: str) -> dict[str, Values]:
        """Those of this type, by the rest of their addresses."""
        mark = f"{type}."
        found = {
            address.removeprefix(mark): one
            for address, one in self.resources.items()
            if address.startswith(mark)
        }
        assert found, f"nothing of {type} is planned"
        return found

    def grants(self) -> Iterator[Grant]:
        """Who may do what, whatever it is granted on."""
        permissions = {
            f"projects/{one['project']}/roles/{one['role_id']}": frozenset(one["permissions"])
            for one in self.of("google_project_iam_custom_role").values()
        }
        for address, one in self.resources.items():
            type = address.partition(".")[0]
            if type.endswith("_iam_member"):
                yield Grant(
                    who=one["member"].rpartition(":")[2].partition("@")[0],
                    role=one["role"],
                    permissions=permissions.get(one["role"], frozenset()),
                    on=_on(one),
                    condition=(one.get("condition") or [{"expression": ""}])[0]["expression"],
                )


@dataclass(frozen=True)
class Grant:
    """`who`: the account's name. `permissions`: of a role of our own; none of Google's roles."""

    who: str
    role: str
    permissions: frozenset[str]
    on: str
    condition: str


def _on(one: Values) -> str:
    """What it is granted on: the narrowest that is named."""
    narrow = ("topic", "subscription", "secret_id", "bucket", "repository", "service_account_id")
    found = [one[name] for name in (*narrow, "name") if one.get(name)]
    return str(found[0] if found else f"project {one['project']}")


def package(settings: Settings, folder: Path) -> Path:
    """As far as Terraform looks into it."""
    folder.mkdir(parents=True)
    (folder / "functions.zip").write_bytes(b"of no importance")
    (folder / "deployment.json").write_text(json.dumps(for_terraform(settings)))
    return folder


def terraform(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """It is asked for no input, and for no newer version of itself."""
    basic = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(  # noqa: S603 - the tool under test
        ["terraform", *arguments],  # noqa: S607 - wherever the operator has it
        cwd=folder,
        env={**basic, "TF_INPUT": "0", "TF_IN_AUTOMATION": "1", **(environment or {})},
        check=False,
        capture_output=True,
        text=True,
    )


def copied(folder: Path) -> Path:
    """The module in a folder of its own: Terraform leaves things behind."""
    return Path(shutil.copytree(MODULE, folder / "module"))


def planned(
    schema: Schema, folder: Path, variables: Mapping[str, str], *, knows: bool = True
) -> Plan:
    """Fails with what Terraform says."""
    module = copied(folder)
    given = [f"-var={name}={value}" for name, value in variables.items()]
    with serving(schema, knows=knows) as environment:
        for command in (["init"], ["plan", "-out=plan", *given]):
            done = terraform(module, *command, "-no-color", environment=environment)
            assert done.returncode == 0, done.stdout + done.stderr
        shown = terraform(module, "show", "-json", "plan", environment=environment)
    told = json.loads(shown.stdout)["planned_values"]
    return Plan(
        {one["address"]: one["values"] for one in told["root_module"]["resources"]},
        {name: one.get("value") for name, one in told["outputs"].items()},
    )
