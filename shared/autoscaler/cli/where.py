"""Which deployment a command is about, and where it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autoscaler.cli.options import Place
from autoscaler.config import load
from autoscaler.errors import ConfigError, Problem

if TYPE_CHECKING:
    from autoscaler.hosts.aws_stack import AwsStack, Stack
    from autoscaler.hosts.deployed import Deployed


def deployed(config: Path, host: Place, stage: str = "") -> "Deployed":
    """`stage` names another deployment than the configuration. ConfigError when that is wrong."""
    if host is Place.AWS:
        return on_aws(config, host, stage)
    if stage:
        raise ConfigError(Problem("--stage", stage, "a stage is deployed: add --host aws"))
    from autoscaler.hosts.local import Local

    return Local(load(config))


def on_aws(config: Path, host: Place, stage: str = "") -> "AwsStack":
    """For what only a deployment in a cloud has."""
    if host is not Place.AWS:
        remedy = "there is nothing of the kind on this computer: add --host aws"
        raise ConfigError(Problem("--host", host, remedy))
    loaded = load(config)
    if stage:
        loaded = loaded.model_copy(update={"name": stage})
    with _sdk():
        from autoscaler.hosts.aws_stack import AwsStack
    return AwsStack(loaded)


def stack_of(config: Path, stage: str = "") -> "Stack":
    """A deployment on AWS by the name of its stage, else by that in the configuration."""
    with _sdk():
        from autoscaler.hosts.aws_stack import Stack
    return Stack(stage or load(config).name)


@contextmanager
def _sdk() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        remedy = f"{error.name} is missing: pip install 'clearml-serverless-autoscaler[aws]'"
        raise ConfigError(Problem("--host", Place.AWS, remedy)) from error
