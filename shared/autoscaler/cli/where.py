"""Which deployment a command is about, and where it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autoscaler.cli.options import Place
from autoscaler.config import Config, load
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.hosts.deployed import Deployed
    from autoscaler.hosts.functions.remote import Remote


class Site(Protocol):
    """A deployment in a cloud, which a configuration may be pushed to."""

    @property
    def state(self) -> State: ...

    @property
    def reads_table(self) -> bool:
        """Whether its functions go by the configuration in the table."""

    @property
    def to_read_table(self) -> str:
        """How it is deployed so that they do."""

    def refuses(self, config: Config, document: object) -> Iterator[Problem]:
        """Why it could not use this configuration; `document` is what was written."""


def deployed(config: Path, host: Place, stage: str = "", project: str = "") -> "Deployed":
    """`stage` names another deployment than the configuration. ConfigError when that is wrong."""
    if host is not Place.LOCAL:
        return in_cloud(config, host, stage, project)
    only_here(stage)
    from autoscaler.hosts.local import Local

    return Local(load(config))


def in_cloud(config: Path, host: Place, stage: str = "", project: str = "") -> "Remote":
    """For what only a deployment in a cloud has."""
    if host is Place.LOCAL:
        remedy = "there is nothing of the kind on this computer: add --host aws or --host gcp"
        raise ConfigError(Problem("--host", host, remedy))
    loaded = load(config)
    if stage:
        loaded = loaded.model_copy(update={"name": stage})
    with _sdk(host):
        if host is Place.GCP:
            from autoscaler.hosts.gcp_stack import GcpStack

            return GcpStack(loaded, project)
        from autoscaler.hosts.aws_stack import AwsStack

        return AwsStack(loaded)


def site_of(config: Path, host: Place, stage: str = "", project: str = "") -> Site:
    """By the name of its stage, else by that in the configuration."""
    name = stage or load(config).name
    with _sdk(host):
        if host is Place.GCP:
            from autoscaler.hosts.gcp_stack import Site as Deployment

            return Deployment(name, project)
        from autoscaler.hosts.aws_stack import Stack

        return Stack(name)


def only_here(stage: str) -> None:
    """ConfigError for a stage, which nothing on this computer has."""
    if stage:
        remedy = "a stage is deployed: add --host aws or --host gcp"
        raise ConfigError(Problem("--stage", stage, remedy))


@contextmanager
def _sdk(host: Place) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        remedy = f"{error.name} is missing: pip install 'clearml-serverless-autoscaler[{host}]'"
        raise ConfigError(Problem("--host", host, remedy)) from error
