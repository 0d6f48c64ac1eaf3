"""The ClearML client that a configuration asks for."""

from pydantic import SecretStr

from autoscaler.adapters.clearml import ClearmlClient, ClearmlSettings
from autoscaler.config import ClearMLSection
from autoscaler.hosts.computes import is_reference, resolve
from autoscaler.ports import Secrets


def client(section: ClearMLSection, secrets: Secrets) -> ClearmlClient:
    """ConfigError names the secrets that are missing, all at once."""
    login = resolve(
        {"clearml.access_key": section.access_key, "clearml.secret_key": section.secret_key},
        secrets,
    )
    return ClearmlClient(
        ClearmlSettings(
            api_url=section.api,
            access_key=login["clearml.access_key"],
            secret_key=SecretStr(login["clearml.secret_key"]),
            ca_file=section.ca_file,
            proxy=_proxy(section.proxy, secrets),
        )
    )


def _proxy(value: str | None, secrets: Secrets) -> str | None:
    if value is None or not is_reference(value):
        return value
    return resolve({"clearml.proxy": value}, secrets)["clearml.proxy"]
