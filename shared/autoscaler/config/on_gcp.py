"""What a deployment of functions on Google Cloud was made for."""

from collections.abc import Iterator
from typing import NamedTuple, Self

from autoscaler.config.gce import GceSection
from autoscaler.config.gcp import GcpSection
from autoscaler.config.models import Config
from autoscaler.errors import Problem

_AGAIN = "deploy again with this configuration"


class Made(NamedTuple):
    """Its name, the projects in which its accounts may act, and the accounts they may take on."""

    name: str
    projects: frozenset[str]
    accounts: frozenset[str]

    @classmethod
    def of(cls, config: Config) -> Self:
        """What the configuration needs; the functions' own project is never named."""
        sections = projects_of(config)
        projects = {one.project for one in sections if one.project}
        accounts = {one.impersonate for one in sections if one.impersonate}
        return cls(config.name, frozenset(projects), frozenset(accounts))

    def without(self, other: "Made") -> Iterator[Problem]:
        """What the other needs of it that it does not have: only another deployment gives that."""
        if other.name != self.name:
            remedy = f"the deployment is {self.name}: write that, or deploy this as another one"
            yield Problem("deployment", other.name, remedy)
        for project in sorted(other.projects - self.projects):
            yield Problem("gcp.project", project, f"its accounts may act elsewhere only: {_AGAIN}")
        for account in sorted(other.accounts - self.accounts):
            yield Problem("gcp.impersonate", account, f"they may not take it on: {_AGAIN}")


def projects_of(config: Config) -> list[GcpSection]:
    """Of each resource on Compute Engine."""
    return [
        config.gcp_of(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, GceSection)
    ]
