"""What functions on AWS can make use of, and what a deployment of them was made for."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from autoscaler.config.accounts import accounts_of, projects_of
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.made import lacking, renamed
from autoscaler.config.models import Config
from autoscaler.config.written import is_of_machines, secrets
from autoscaler.errors import Problem

_STACK = re.compile("[A-Za-z0-9][A-Za-z0-9-]{0,35}")
_NOT_THERE = {"process": "functions on AWS start no processes: write provider: ec2 or gce"}
_CLOUDS = "clouds/"  # where the launcher, too, may read
_OF_AGENTS = ("clearml.agent_access_key", "clearml.agent_secret_key")
_BELOW = "write what machines of Google read below gcp"
_PUBLIC = "ssm:/aws/service/"  # where AWS names its images


class Made(NamedTuple):
    """What a deployment was made for: its name, where its roles may act, what they take on.

    `clouds`: the other providers whose clients are in its package.
    """

    name: str
    regions: frozenset[str]
    roles: frozenset[str]
    clouds: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Config, home: str = "") -> Self:
        """What the configuration needs; `home` is where the functions are."""
        accounts = accounts_of(config)
        regions = {one.region for one in accounts if one.region}
        regions |= {region for one in accounts for region in one.watch_regions}
        regions |= {each.region for section in _machines(config) for each in section.regions}
        regions |= {home} if home else set()
        roles = {one.role for one in accounts if one.role}
        return cls(config.name, frozenset(regions), frozenset(roles), clouds_of(config))

    def without(self, other: "Made") -> Iterator[Problem]:
        """What the other needs of it that it does not have: only another deployment gives that."""
        elsewhere = f"its roles may act elsewhere only: {_AGAIN}"
        not_them = f"its roles may not take it on: {_AGAIN}"
        no_client = f"its package has no client for it: {_AGAIN}"
        yield from renamed(self.name, other.name)
        yield from lacking("aws.region", other.regions, self.regions, elsewhere)
        yield from lacking("aws.role", other.roles, self.roles, not_them)
        yield from lacking("provider", other.clouds, self.clouds, no_client)


_AGAIN = "deploy again with this configuration (make package-aws, osls deploy)"


def folder(deployment: str) -> str:
    """Where its parameters are; its secrets are there without the first slash."""
    return f"/clearml-autoscaler/{deployment}"


def clouds_of(config: Config) -> frozenset[str]:
    """The providers of other clouds whose clients its functions need."""
    return frozenset({one.provider for one in config.by_key.values()} & {"gce"})


def misfits(config: Config, document: object) -> Iterator[Problem]:
    """What no function on AWS can use; `document` is the configuration as it was written."""
    yield from _out_of_place(config)
    yield from _without_login(config)
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


def _without_login(config: Config) -> Iterator[Problem]:
    """Machines of Google that a function on AWS could not start: nobody tells it as whom."""
    projects = projects_of(config)
    if any(not one.project for one in projects):
        remedy = "functions on AWS are in none of Google's projects: write it"
        yield Problem("gcp.project", "", remedy)
    if any(not one.credentials for one in projects):
        kept = f"ssm:{folder(config.name)}/{_CLOUDS}google"
        remedy = f"functions on AWS have no login at Google: keep a federation's JSON in {kept}"
        yield Problem("gcp.credentials", "", remedy)


def _out_of_reach(config: Config, document: object) -> Iterator[Problem]:
    """References to what no role of the deployment may read."""
    for field, text in secrets(config, document):
        scheme, colon, name = text.partition(":")
        if scheme in ("ssm", "secretsmanager") and colon and not text.startswith(_PUBLIC):
            kept = f"{folder(config.name)}/{_room(config, field, text)}"
            place = f"{scheme}:{kept if scheme == 'ssm' else kept[1:]}"
            if not text.startswith(place):
                yield Problem(field, text, f"who needs it may read {place}… only: keep it there")
        elif scheme in ("env", "file") and name:
            remedy = "a function has neither variables nor files of yours: keep it in "
            yield Problem(field, text, f"{remedy}ssm:{folder(config.name)}/")
        elif scheme == "gcp-secret" and not is_of_machines(field):
            remedy = "functions on AWS read no secrets of Google's: keep it in "
            own = f", and {_BELOW}" if field in _OF_AGENTS else ""
            yield Problem(field, text, f"{remedy}ssm:{folder(config.name)}/{own}")


def _room(config: Config, field: str, text: str) -> str:
    """Where the one who reads it may look: a machine, the launcher, the other functions."""
    if field.endswith(".ami"):
        return "images/"
    if field.endswith("gcp.credentials"):
        return _CLOUDS
    if is_of_machines(field) or text in _keys_of_machines(config):
        return "machines/"
    return ""


def _keys_of_machines(config: Config) -> set[str]:
    """The agents' keys below clearml, where machines of AWS have none of their own."""
    agents = config.clearml.keys_of_agents
    shared = any(not account.agent_access_key for account in accounts_of(config))
    return {agents.access, agents.secret} if shared else set()
