"""A deployment on Google Cloud, seen from a person's computer, with that person's own rights."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from autoscaler.config import Config
from autoscaler.config.made import renamed
from autoscaler.config.on_gcp import misfits
from autoscaler.errors import Problem
from autoscaler.hosts.functions.remote import SERVICE, Remote, Taken
from autoscaler.hosts.functions.settings import IN_TABLE
from autoscaler.hosts.gcp import Gcp, state
from autoscaler.hosts.gcp_settings import Settings
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.adapters.gcp.clients import Clients


class Site:
    """A deployment by its name, in a project: what is there has names that are made of both.

    `project`: "" is the environment's. CredentialsError when nothing says which.
    """

    to_read_table = "config_in_table = true"

    def __init__(self, deployment: str, project: str = "") -> None:
        self.deployment = deployment
        self.prefix = f"{SERVICE}-{deployment}"
        self._project = project

    @cached_property
    def clients(self) -> "Clients":
        from autoscaler.adapters.gcp.clients import Clients

        return Clients(self._project)

    @property
    def settings(self) -> Settings:
        """With the login of whoever looks, where the configuration names one of variables."""
        return Settings(
            google_cloud_project=self.clients.project,
            database=self.prefix,
            prefix=self.prefix,
            clearml_api_host=os.environ.get("CLEARML_API_HOST", ""),
        )

    @cached_property
    def state(self) -> State:
        return state(self.clients, self.settings)

    @property
    def reads_table(self) -> bool:
        """Whether its functions go by the configuration in the table. ConfigError if none is."""
        from autoscaler.adapters.gcp.cloud_functions import environment_of
        from autoscaler.adapters.gcp.compute_engine.access import Access

        variables = environment_of(Access(self.clients.project), f"{self.prefix}-poller")
        return variables.get("CONFIG", "") == IN_TABLE

    def refuses(self, config: Config, document: object) -> Iterator[Problem]:
        """Why it could not use this configuration; `document` is what was written.

        What its accounts may do stands in Google's IAM, and is not looked up: functions that were
        not made for a configuration leave it, and tell.
        """
        yield from renamed(self.deployment, config.name)
        yield from misfits(config, document)


class GcpStack(Remote):
    """Named by the deployment's name in the configuration."""

    removed_by = "terraform destroy"

    def __init__(self, config: Config, project: str = "") -> None:
        super().__init__(config)
        self._site = Site(config.name, project)

    def redrive(self) -> Mapping[str, int]:
        from autoscaler.adapters.gcp.redrive import redrive

        return redrive(self._site.clients, f"{self._site.prefix}-dead-letters")

    def tidy(self) -> Iterator[Taken]:
        """A launch leaves nothing behind there but machines."""
        return iter(())

    @cached_property
    def host(self) -> Gcp:
        made = _AsPerson(self._site.settings, config=self.config)
        made.clients = self._site.clients
        return made

    @property
    def tableless(self) -> Gcp:
        return self.host


class _AsPerson(Gcp):
    """Machines of AWS are looked at with that person's own keys."""

    @property
    def identity(self) -> None:
        return None
