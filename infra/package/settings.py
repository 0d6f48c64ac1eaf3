"""What the templates and the functions take from the configuration."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autoscaler.config import Config
from autoscaler.config.aws import AwsSection
from autoscaler.config.document import compose
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.reading import load
from autoscaler.errors import ConfigError, Problem

_HERE = {"Ref": "AWS::Region"}  # the region of the functions
_STACK = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,35}")
_PUBLIC = "ssm:/aws/service/"  # where AWS names its images


@dataclass(frozen=True)
class Settings:
    """`document`: the configuration as plain values, as it was written."""

    config: Config
    document: Any

    @property
    def path(self) -> str:
        """Where the deployment's parameters are; its secrets are there without the first slash."""
        return f"/clearml-autoscaler/{self.config.name}"

    @property
    def text(self) -> str:
        """The configuration as JSON, which a function reads faster than YAML."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))

    def for_templates(self) -> dict[str, object]:
        """`regions`, and with commas `others` and `assumed` (roles' ARNs), are of machines."""
        roles = sorted({one.role for one in self.accounts if one.role})
        named = {one.region for one in self.accounts if one.region}
        named |= {region for one in self.accounts for region in one.watch_regions}
        named |= {each.region for section in self._machines for each in section.regions}
        return {
            "name": self.config.name,
            "regions": [_HERE, *sorted(named)],
            "others": ",".join(sorted(named)),
            "assumed": ",".join(roles),
        }

    @cached_property
    def accounts(self) -> list[AwsSection]:
        """Of each resource on EC2."""
        return [
            self.config.aws_of(owner, section)
            for owner in self.config.autoscalers
            for section in owner.resources
            if isinstance(section, Ec2Section)
        ]

    @property
    def _machines(self) -> Iterator[Ec2Section]:
        return (one for one in self.config.by_key.values() if isinstance(one, Ec2Section))


def read(file: Path) -> Settings:
    """Raises ConfigError with every mistake, also with what a function on AWS cannot use."""
    config = load(file)
    settings = Settings(config, compose(file.read_text(encoding="utf-8-sig")).data)
    problems = [*_out_of_place(settings), *_out_of_reach(settings)]
    if problems:
        raise ConfigError(*problems)
    return settings


def _out_of_place(settings: Settings) -> Iterator[Problem]:
    name = settings.config.name
    if not _STACK.fullmatch(name):
        remedy = "names a stack on AWS: at most 36 letters, digits and -, a letter or digit first"
        yield Problem("deployment", name, remedy)
    for key, section in settings.config.by_key.items():
        if section.provider != "ec2":
            remedy = "functions on AWS start no processes: write provider: ec2"
            yield Problem(f"{key}.provider", section.provider, remedy)
    if any(account.access_key for account in settings.accounts):
        remedy = "functions have roles: write aws.role (and external_id) for another account"
        yield Problem("aws.access_key", "", remedy)
    if any(not account.instance_profile for account in settings.accounts):
        remedy = f"write clearml-autoscaler-{name}-machines, which the deployment makes"
        yield Problem("aws.instance_profile", "", f"machines read secrets with it: {remedy}")


def _out_of_reach(settings: Settings) -> Iterator[Problem]:
    """References to what no role of the deployment may read."""
    for field, text in _texts(settings.document):
        scheme, colon, name = text.partition(":")
        if scheme in ("ssm", "secretsmanager") and colon and not text.startswith(_PUBLIC):
            folder = f"{settings.path}/{_room(settings, field, text)}"
            place = f"{scheme}:{folder if scheme == 'ssm' else folder[1:]}"
            if not text.startswith(place):
                yield Problem(field, text, f"who needs it may read {place}… only: keep it there")
        elif scheme in ("env", "file") and name:
            remedy = "a function has neither variables nor files of yours: keep it in "
            yield Problem(field, text, f"{remedy}ssm:{settings.path}/")


def _room(settings: Settings, field: str, text: str) -> str:
    """Where the one who reads it may look: a machine, the launcher, the other functions."""
    agents = settings.config.clearml.keys_of_agents
    if field.endswith(".ami"):
        return "images/"
    if "machine" in field.split(".") or text in (agents.access, agents.secret):
        return "machines/"
    return ""


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Each text of the document, and where it stands."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, f"{field}.{name}" if field else name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{field}[{number}]")
