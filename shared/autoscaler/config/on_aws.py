"""What functions on AWS can make use of, and what a deployment of them was made for."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from autoscaler.config.aws import AwsSection
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.models import Config
from autoscaler.errors import Problem

_STACK = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,35}")
_NOT_THERE = {
    "gce": "the package for AWS does not have Google's client yet: write provider: ec2",
    "process": "functions on AWS start no processes: write provider: ec2",
}
_PUBLIC = "ssm:/aws/service/"  # where AWS names its images


class Made(NamedTuple):
    """What a deployment's roles were made for: its name, where they may act, what they take on."""

    name: str
    regions: frozenset[str]
    roles: frozenset[str]

    @classmethod
    def of(cls, config: Config, home: str = "") -> Self:
        """What the configuration needs; `home` is where the functions are."""
        accounts = accounts_of(config)
        regions = {one.region for one in accounts if one.region}
        regions |= {region for one in accounts for region in one.watch_regions}
        regions |= {each.region for section in _machines(config) for each in section.regions}
        regions |= {home} if home else set()
        roles = {one.role for one in accounts if one.role}
        return cls(config.name, frozenset(regions), frozenset(roles))

    def without(self, other: "Made") -> Iterator[Problem]:
        """What the other needs of it that it does not have: only another deployment gives that."""
        if other.name != self.name:
            remedy = f"the deployment is {self.name}: write that, or deploy this as another one"
            yield Problem("deployment", other.name, remedy)
        for region in sorted(other.regions - self.regions):
            yield Problem("aws.region", region, f"its roles may act elsewhere only: {_AGAIN}")
        for role in sorted(other.roles - self.roles):
            yield Problem("aws.role", role, f"its roles may not take it on: {_AGAIN}")


_AGAIN = "deploy again with this configuration (make package-aws, osls deploy)"


def folder(deployment: str) -> str:
    """Where its parameters are; its secrets are there without the first slash."""
    return f"/clearml-autoscaler/{deployment}"


def accounts_of(config: Config) -> list[AwsSection]:
    """Of each resource on EC2."""
    return [
        config.aws_of(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, Ec2Section)
    ]


def misfits(config: Config, document: object) -> Iterator[Problem]:
    """What no function on AWS can use; `document` is the configuration as it was written."""
    yield from _out_of_place(config)
    yield from _out_of_reach(config, document)


def _machines(config: Config) -> Iterator[Ec2Section]:
    return (one for one in config.by_key.values() if isinstance(one, Ec2Section))


def _out_of_place(config: Config) -> Iterator[Problem]:
    name = config.name
    if not _STACK.fullmatch(name):
        remedy = "names a stack on AWS: at most 36 letters, digits and -, a letter or digit first"
        yield Problem("deployment", name, remedy)
    for key, section in config.by_key.items():
        if section.provider in _NOT_THERE:
            yield Problem(f"{key}.provider", section.provider, _NOT_THERE[section.provider])
    if any(account.access_key for account in accounts_of(config)):
        remedy = "functions have roles: write aws.role (and external_id) for another account"
        yield Problem("aws.access_key", "", remedy)
    if any(not account.instance_profile for account in accounts_of(config)):
        remedy = f"write clearml-autoscaler-{name}-machines, which the deployment makes"
        yield Problem("aws.instance_profile", "", f"machines read secrets with it: {remedy}")


def _out_of_reach(config: Config, document: object) -> Iterator[Problem]:
    """References to what no role of the deployment may read."""
    for field, text in (*_texts(document), *_login_by_default(config, document)):
        scheme, colon, name = text.partition(":")
        if scheme in ("ssm", "secretsmanager") and colon and not text.startswith(_PUBLIC):
            kept = f"{folder(config.name)}/{_room(config, field, text)}"
            place = f"{scheme}:{kept if scheme == 'ssm' else kept[1:]}"
            if not text.startswith(place):
                yield Problem(field, text, f"who needs it may read {place}… only: keep it there")
        elif scheme in ("env", "file") and name:
            remedy = "a function has neither variables nor files of yours: keep it in "
            yield Problem(field, text, f"{remedy}ssm:{folder(config.name)}/")


def _login_by_default(config: Config, document: object) -> Iterator[tuple[str, str]]:
    """Of ClearML's keys, those that nobody wrote."""
    written = {field for field, _ in _texts(document)}
    for name in ("access_key", "secret_key"):
        if (field := f"clearml.{name}") not in written:
            yield field, getattr(config.clearml, name)


def _room(config: Config, field: str, text: str) -> str:
    """Where the one who reads it may look: a machine, the launcher, the other functions."""
    agents = config.clearml.keys_of_agents
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
