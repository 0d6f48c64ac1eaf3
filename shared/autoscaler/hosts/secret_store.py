"""Where secrets are put so that functions and machines can read them."""

from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.home_region import home_region
from autoscaler.ports import SecretStore


def secret_store(region: str = "") -> SecretStore:
    """Of the account of whoever runs this. ConfigError when nothing says in which region."""
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.parameters import Parameters

    place = region or home_region()
    if not place:
        raise ConfigError(Problem("--region", "", "is missing: write it, or set AWS_REGION"))
    return Parameters(Clients(place).ssm())
