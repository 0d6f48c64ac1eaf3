"""Secrets that whoever sits at this computer can read."""

from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.config import Config
from autoscaler.config.references import is_on
from autoscaler.config.written import is_of_machines, secrets
from autoscaler.ports import Secrets


def secrets_here(config: Config) -> Secrets:
    """Those of this computer, and of each cloud in which the configuration keeps some."""
    document = config.model_dump(mode="json", by_alias=True, exclude_none=True)
    named = [text for field, text in secrets(config, document) if not is_of_machines(field)]
    found: Secrets = EnvSecrets()
    if any(is_on("ec2", text) for text in named):
        found = _of_aws(config, found)
    if any(is_on("gce", text) for text in named):
        found = _of_google(config, found)
    return found


def _of_aws(config: Config, local: Secrets) -> Secrets:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.secrets import AwsSecrets

    clients = Clients((config.aws and config.aws.region) or "")
    return AwsSecrets(clients.ssm, clients.secretsmanager, local)


def _of_google(config: Config, local: Secrets) -> Secrets:
    from autoscaler.adapters.gcp.clients import Clients
    from autoscaler.adapters.gcp.secrets import GcpSecrets

    clients = Clients((config.gcp and config.gcp.project) or "")
    return GcpSecrets(clients.secretmanager, lambda: clients.project, local)
