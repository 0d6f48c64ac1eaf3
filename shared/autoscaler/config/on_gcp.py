"""What functions on Google Cloud can make use of, and what a deployment of them was made for."""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from autoscaler.config.accounts import accounts_of, projects_of
from autoscaler.config.made import lacking, renamed
from autoscaler.config.models import Config
from autoscaler.config.written import is_of_machines, secrets
from autoscaler.errors import Problem

# With "cas-" and "-machines" it names an account, whose name has 30 characters at most.
_STAGE = re.compile("[a-z0-9]([a-z0-9-]{0,15}[a-z0-9])?")
_NOT_THERE = {
    "process": "functions on Google Cloud start no processes: write provider: gce or ec2"
}
_OF_AGENTS = ("clearml.agent_access_key", "clearml.agent_secret_key")
_BELOW = "write what machines of AWS read below aws"
_AGAIN = "deploy again with this configuration"


class Made(NamedTuple):
    """Its name, the projects in which its accounts may act, and the accounts they may take on.

    `clouds`: the other providers whose clients are in its package.
    """

    name: str
    projects: frozenset[str]
    accounts: frozenset[str]
    clouds: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Config) -> Self:
        """What the configuration needs; the functions' own project is never named."""
        sections = projects_of(config)
        projects = {one.project for one in sections if one.project}
        accounts = {one.impersonate for one in sections if one.impersonate}
        return cls(config.name, frozenset(projects), frozenset(accounts), clouds_of(config))

    def without(self, other: "Made") -> Iterator[Problem]:
        """What the other needs of it that it does not have: only another deployment gives that."""
        elsewhere = f"its accounts may act elsewhere only: {_AGAIN}"
        not_them = f"they may not take it on: {_AGAIN}"
        no_client = f"its package has no client for it: {_AGAIN}"
        yield from renamed(self.name, other.name)
        yield from lacking("gcp.project", other.projects, self.projects, elsewhere)
        yield from lacking("gcp.impersonate", other.accounts, self.accounts, not_them)
        yield from lacking("provider", other.clouds, self.clouds, no_client)


def clouds_of(config: Config) -> frozenset[str]:
    """The providers of other clouds whose clients its functions need."""
    return frozenset({one.provider for one in config.by_key.values()} & {"ec2"})


def misfits(config: Config, document: object) -> Iterator[Problem]:
    """What no function there can use; `document` is the configuration as it was written."""
    yield from _out_of_place(config)
    yield from _on_aws(config)
    yield from _out_of_reach(config, document)


def _out_of_place(config: Config) -> Iterator[Problem]:
    if not _STAGE.fullmatch(config.name):
        remedy = "names accounts: at most 17 of a-z, 0-9 and -, a letter or digit at each end"
        yield Problem("deployment", config.name, remedy)
    for key, section in config.by_key.items():
        if section.provider in _NOT_THERE:
            yield Problem(f"{key}.provider", section.provider, _NOT_THERE[section.provider])


def _on_aws(config: Config) -> Iterator[Problem]:
    """Of machines on EC2: nothing around a function there says where, or as whom."""
    accounts = accounts_of(config)
    if any(not one.region for one in accounts):
        remedy = "functions on Google Cloud are in no region of AWS: write it"
        yield Problem("aws.region", "", remedy)
    if any(not (one.role or one.access_key) for one in accounts):
        remedy = "functions on Google Cloud have no role: write one that trusts their accounts"
        yield Problem("aws.role", "", f"{remedy} at Google, or keys (access_key, secret_key)")
    if any(one.external_id and not one.access_key for one in accounts):
        remedy = "a role that is taken on with a token of Google's asks for none: leave it out"
        yield Problem("aws.external_id", "", remedy)
    if any(not one.instance_profile for one in accounts):
        remedy = "machines read secrets with it: write the name of one in their account"
        yield Problem("aws.instance_profile", "", remedy)


def _out_of_reach(config: Config, document: object) -> Iterator[Problem]:
    """References to what no function there could read."""
    for field, text in secrets(config, document):
        scheme, colon, name = text.partition(":")
        if not (colon and name) or is_of_machines(field):
            continue
        if scheme in ("env", "file"):
            remedy = "a function has neither variables nor files of yours: keep it in "
            yield Problem(field, text, f"{remedy}gcp-secret:NAME")
        elif scheme in ("ssm", "secretsmanager") and not field.endswith(".ami"):
            own = f", and {_BELOW}" if field in _OF_AGENTS else ""
            remedy = "functions on Google Cloud read no secrets of AWS's: keep it in "
            yield Problem(field, text, f"{remedy}gcp-secret:NAME{own}")
