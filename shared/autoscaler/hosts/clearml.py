"""The ClearML client that a configuration asks for."""

from pydantic import SecretStr

from autoscaler.adapters.clearml import ClearmlClient, ClearmlSettings
from autoscaler.config import ClearMLSection, Keys
from autoscaler.hosts.computes import is_reference, resolve
from autoscaler.ports import Secrets


def client(
    section: ClearMLSection, secrets: Secrets, login: Secrets | None = None
) -> ClearmlClient:
    """ConfigError names the secrets that are missing, all at once.

    `login`, if there is one, resolves the keys: it may know more than `secrets` of who gets them.
    """
    return _client(section, section.keys_of_autoscaler, "", secrets, login or secrets)


def client_of_agents(
    section: ClearMLSection, secrets: Secrets, login: Secrets | None = None
) -> ClearmlClient:
    """The same with the agents' login."""
    return _client(section, section.keys_of_agents, "agent_", secrets, login or secrets)


def _client(
    section: ClearMLSection, keys: Keys, whose: str, secrets: Secrets, login: Secrets
) -> ClearmlClient:
    access, secret = f"clearml.{whose}access_key", f"clearml.{whose}secret_key"
    found = resolve({access: keys.access, secret: keys.secret}, login)
    return ClearmlClient(
        ClearmlSettings(
            api_url=section.api,
            access_key=found[access],
            secret_key=SecretStr(found[secret]),
            ca_file=section.ca_file,
            proxy=_proxy(section.proxy, secrets),
        )
    )


def _proxy(value: str | None, secrets: Secrets) -> str | None:
    if value is None or not is_reference(value):
        return value
    return resolve({"clearml.proxy": value}, secrets)["clearml.proxy"]
