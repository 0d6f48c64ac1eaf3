"""The template that would be deployed, and what it comes to with an operator's parameters."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.package.guard import guard_resources
from infra.package.settings import Settings

ROOT = Path(__file__).parents[2]
OSLS = ROOT / "build" / "osls" / "node_modules" / ".bin" / "osls"
_NOTHING = object()
_TEMPLATE = Path(".serverless") / "cloudformation-template-update-stack.json"


def render(settings: Settings, folder: Path) -> Path:
    """Run the deployment tool in `folder`, without a network; the template's file."""
    service_folder(folder)
    built = folder / "build" / "aws"
    built.mkdir(parents=True)
    told = {**settings.for_templates(), "architecture": "arm64"}
    (built / "deployment.json").write_text(json.dumps(told))
    (built / "guard.json").write_text(json.dumps(guard_resources(settings.path)))
    (built / "functions.zip").write_bytes(b"")
    done = subprocess.run(  # noqa: S603 - the tool under test
        [str(OSLS), "package"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
            "HOME": str(folder),
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / _TEMPLATE


def service_folder(folder: Path) -> None:
    """All of this repository that the deployment tool reads, but what is built."""
    shutil.copytree(ROOT / "infra" / "aws", folder / "infra" / "aws")
    shutil.copy(ROOT / "serverless.yml", folder)


@dataclass(frozen=True)
class Template:
    """The resources that exist with these parameters; the others have their defaults."""

    raw: Mapping[str, Any]
    parameters: Mapping[str, str]

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        found = {
            name: self._plain(one)
            for name, one in self.raw["Resources"].items()
            if self._holds(one.get("Condition"))
        }
        assert found
        return found

    def of(self, type: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of this type, by its name."""
        found = {n: o["Properties"] for n, o in self.resources.items() if o["Type"] == type}
        assert found, f"the template has no {type}"
        return found

    def statements(self, role: str) -> list[dict[str, Any]]:
        policies = self.of("AWS::IAM::Role")[role]["Policies"]
        return [one for each in policies for one in each["PolicyDocument"]["Statement"]]

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict) and "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return self._plain(yes if self._holds(condition) else no)
        if value == {"Ref": "AWS::NoValue"}:
            return _NOTHING
        if isinstance(value, dict):
            plain = {name: self._plain(one) for name, one in value.items()}
            return {name: one for name, one in plain.items() if one is not _NOTHING}
        if isinstance(value, list):
            return [one for one in map(self._plain, value) if one is not _NOTHING]
        return value

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self._value(self.raw["Conditions"][condition]))

    def _value(self, term: Any) -> Any:
        match term:
            case {"Fn::Not": [one]}:
                return not self._value(one)
            case {"Fn::Equals": [left, right]}:
                return self._value(left) == self._value(right)
            case {"Fn::Join": [mark, parts]}:
                return self._value(parts).replace(",", mark)
            case {"Ref": name}:
                return self.parameters.get(name, self.raw["Parameters"][name]["Default"])
            case _:
                return term


def allowed_actions(template: Template, role: str) -> set[str]:
    found = template.statements(role)
    return {a for one in found if one["Effect"] == "Allow" for a in listed(one["Action"])}


def listed(value: Any) -> list[Any]:
    """CloudFormation takes one for a list of one."""
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> Iterator[str]:
    """Every text in it, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
