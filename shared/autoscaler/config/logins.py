"""Where a login may be sent: to the ClearML server that is stored with it, and nowhere else.

Whoever may change the configuration but not the secret cannot point the autoscaler at a server of
their own and be sent the login.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from autoscaler.errors import ConfigError, Problem

SERVER = "api_server"
"""By this name the server of a login is stored beside it."""

_PORTS = {"https": 443, "http": 80}


class Found(NamedTuple):
    """A secret, and the ClearML server that is named beside it; "" when none is."""

    value: str
    server: str = ""


class Finder(Protocol):
    def find(self, reference: str) -> Found:
        """The secret with its server. ConfigError names what is missing."""
        ...


class BoundSecrets:
    """The Secrets port for a login at the ClearML server `api`, and for no other server's."""

    def __init__(self, secrets: Finder, api: str) -> None:
        self._secrets = secrets
        self._api = api

    def resolve(self, reference: str) -> str:
        """ConfigError when the secret is for another server, or does not say for which."""
        found = self._secrets.find(reference)
        if not found.server:
            raise problem(reference, _say_which(reference, self._api))
        if _normal(found.server) != _normal(self._api):
            remedy = (
                f"it is for {found.server}, so it is not sent to clearml.api = {self._api}: "
                "correct the address, or name that server's own secret"
            )
            raise problem(reference, remedy)
        return found.value


def member(text: str, key: str, reference: str) -> Found:
    """One member of a JSON object, and the server that the object names."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, Mapping):
        raise problem(reference, "it is no JSON object: leave out #KEY, or store one")
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise problem(reference, f"its JSON object has no text under {key}")
    server = document.get(SERVER, "")
    return Found(value, server if isinstance(server, str) else "")


def problem(reference: str, remedy: str) -> ConfigError:
    return ConfigError(Problem("secret", reference, remedy))


def _say_which(reference: str, api: str) -> str:
    scheme, _, name = reference.partition(":")
    how = f'write it as JSON with "{SERVER}": "{api}" beside it, and name its member: #KEY'
    if scheme == "ssm":
        how = f"store {api} as {name.rpartition('/')[0]}/{SERVER}, or {how}"
    elif scheme not in {"secretsmanager", "gcp-secret"}:
        how = f"set CLEARML_API_HOST to {api} beside it"
    return f"it does not say for which ClearML server it is: {how}"


def _normal(address: str) -> tuple[str, str, int | None, str]:
    try:
        url = urlsplit(address.strip())
        port = url.port or _PORTS.get(url.scheme)
    except ValueError:
        return ("", address, None, "")  # equal to no address that a configuration may hold
    return url.scheme, url.hostname or "", port, url.path.rstrip("/")
