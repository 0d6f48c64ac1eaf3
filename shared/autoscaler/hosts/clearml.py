"""The ClearML client that a configuration asks for."""

from pydantic import SecretStr

from autoscaler.adapters.clearml import ClearmlClient, ClearmlSettings
from autoscaler.config import ClearMLSection, Keys
from autoscaler.hosts.computes import is_reference, resolve
from autoscaler.ports import Secrets


def client(section: ClearMLSection, secrets: Secrets) -> ClearmlClient:
    """ConfigError names the secrets that are missing, all at once."""
    return _client(section, section.keys_of_autoscaler, "", secrets)


def client_of_agents(section: ClearMLSection, secrets: Secrets) -> ClearmlClient:
    """The same with the agents' login."""
    return _client(section, section.keys_of_agents, "agent_", secrets)


def _client(section: ClearMLSection, keys: Keys, whose: str, secrets: Secrets) -> ClearmlClient:
    access, secret = f"clearml.{whose}access_key", f"clearml.{whose}secret_key"
    login = resolve({access: keys.access, secret: keys.secret}, secrets)
    return ClearmlClient(
        ClearmlSettings(
            api_url=section.api,
            access_key=login[access],
            secret_key=SecretStr(login[secret]),
            ca_file=section.ca_file,
            proxy=_proxy(section.proxy, secrets),
        )
    )


def _proxy(value: str | None, secrets: Secrets) -> str | None:
    if value is None or not is_reference(value):
        return value
    return resolve({"clearml.proxy": value}, secrets)["clearml.proxy"]
