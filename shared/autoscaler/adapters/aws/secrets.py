"""Secrets from the Parameter Store and Secrets Manager, and where each may be sent to.

A login for ClearML is stored with the server that it is for. Whoever may change the configuration
but not the secret cannot point the autoscaler at a server of their own and be sent the login.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from autoscaler.adapters.aws.failures import FAILED, code_of, failure
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import Secrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

_SERVER = "api_server"
_PORTS = {"https": 443, "http": 80}
_MISSING = {"ResourceNotFoundException", "InvalidRequestException"}


class Found(NamedTuple):
    """A secret, and the ClearML server that is named beside it; "" when none is."""

    value: str
    server: str = ""


class AwsSecrets:
    """The Secrets port for `ssm:NAME`, `secretsmanager:NAME` and what `local` knows (`env:NAME`).

    `#KEY` at the end takes one member of a JSON object. The server of a login is the member
    `api_server` of the same object, or the parameter of that name in the same path;
    `local_server` is that of `local`. What was read is kept: a new object reads anew.
    """

    def __init__(
        self,
        ssm: Callable[[], SSMClient],
        secretsmanager: Callable[[], SecretsManagerClient],
        local: Secrets,
        local_server: str = "",
    ) -> None:
        self._ssm = ssm
        self._secretsmanager = secretsmanager
        self._local = local
        self._local_server = local_server
        self._known: dict[str, Found] = {}

    def resolve(self, reference: str) -> str:
        return self.find(reference).value

    def find(self, reference: str) -> Found:
        """As `resolve`, with its server. UnavailableError when AWS does not answer."""
        scheme, _, name = reference.partition(":")
        if scheme not in ("ssm", "secretsmanager"):
            return Found(self._local.resolve(reference), self._local_server)
        place, _, key = name.partition("#")
        stored = self._stored(scheme, place)
        return _member(stored.value, key, reference) if key else stored

    def _stored(self, scheme: str, name: str) -> Found:
        place = f"{scheme}:{name}"
        if place not in self._known:
            read = self._parameter if scheme == "ssm" else self._secret
            self._known[place] = read(name)
        return self._known[place]

    def _parameter(self, name: str) -> Found:
        path, slash, _ = name.rpartition("/")
        beside = f"{path}/{_SERVER}" if slash else name
        names = list(dict.fromkeys([name, beside]))
        try:
            answer = self._ssm().get_parameters(Names=names, WithDecryption=True)
        except FAILED as error:
            raise failure("ssm:GetParameters", ", ".join(names), error) from error
        found = {each["Name"]: each for each in answer["Parameters"]}
        if name not in found:
            raise _problem(f"ssm:{name}", "no such parameter in this region and account")
        if found[name]["Type"] != "SecureString":
            raise _problem(f"ssm:{name}", "it is kept in the clear: make it a SecureString")
        server = found[beside]["Value"] if slash and beside in found else ""
        return Found(found[name]["Value"], server)

    def _secret(self, name: str) -> Found:
        try:
            answer = self._secretsmanager().get_secret_value(SecretId=name)
        except FAILED as error:
            if code_of(error) in _MISSING:
                remedy = "no such secret in this region and account, or it is being deleted"
                raise _problem(f"secretsmanager:{name}", remedy) from error
            raise failure("secretsmanager:GetSecretValue", name, error) from error
        text = answer.get("SecretString", "")
        if not text:
            raise _problem(f"secretsmanager:{name}", "it holds no text")
        return Found(text)


class BoundSecrets:
    """The Secrets port for a login at the ClearML server `api`, and for no other server's."""

    def __init__(self, secrets: AwsSecrets, api: str) -> None:
        self._secrets = secrets
        self._api = api

    def resolve(self, reference: str) -> str:
        """ConfigError when the secret is for another server, or does not say for which."""
        found = self._secrets.find(reference)
        if not found.server:
            raise _problem(reference, _say_which(reference, self._api))
        if _normal(found.server) != _normal(self._api):
            remedy = (
                f"it is for {found.server}, so it is not sent to clearml.api = {self._api}: "
                "correct the address, or name that server's own secret"
            )
            raise _problem(reference, remedy)
        return found.value


def _say_which(reference: str, api: str) -> str:
    scheme, _, name = reference.partition(":")
    how = f'write it as JSON with "{_SERVER}": "{api}" beside it, and name its member: #KEY'
    if scheme == "ssm":
        how = f"store {api} as {name.rpartition('/')[0]}/{_SERVER}, or {how}"
    elif scheme != "secretsmanager":
        how = f"set CLEARML_API_HOST to {api} beside it"
    return f"it does not say for which ClearML server it is: {how}"


def _normal(address: str) -> tuple[str, str, int | None, str]:
    try:
        url = urlsplit(address.strip())
        port = url.port or _PORTS.get(url.scheme)
    except ValueError:
        return ("", address, None, "")  # equal to no address that a configuration may hold
    return url.scheme, url.hostname or "", port, url.path.rstrip("/")


def _member(text: str, key: str, reference: str) -> Found:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, Mapping):
        raise _problem(reference, "it is no JSON object: leave out #KEY, or store one")
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise _problem(reference, f"its JSON object has no text under {key}")
    server = document.get(_SERVER, "")
    return Found(value, server if isinstance(server, str) else "")


def _problem(reference: str, remedy: str) -> ConfigError:
    return ConfigError(Problem("secret", reference, remedy))
