"""Secrets from the Parameter Store and Secrets Manager, with the ClearML server of each login."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.failures import FAILED, code_of, failure
from autoscaler.config.logins import SERVER, Found, member, problem
from autoscaler.ports import Secrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

_MISSING = {"ResourceNotFoundException", "InvalidRequestException"}


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
        return member(stored.value, key, reference) if key else stored

    def _stored(self, scheme: str, name: str) -> Found:
        place = f"{scheme}:{name}"
        if place not in self._known:
            read = self._parameter if scheme == "ssm" else self._secret
            self._known[place] = read(name)
        return self._known[place]

    def _parameter(self, name: str) -> Found:
        path, slash, _ = name.rpartition("/")
        beside = f"{path}/{SERVER}" if slash else name
        names = list(dict.fromkeys([name, beside]))
        try:
            answer = self._ssm().get_parameters(Names=names, WithDecryption=True)
        except FAILED as error:
            raise failure("ssm:GetParameters", ", ".join(names), error) from error
        found = {each["Name"]: each for each in answer["Parameters"]}
        if name not in found:
            raise problem(f"ssm:{name}", "no such parameter in this region and account")
        if found[name]["Type"] != "SecureString":
            raise problem(f"ssm:{name}", "it is kept in the clear: make it a SecureString")
        server = found[beside]["Value"] if slash and beside in found else ""
        return Found(found[name]["Value"], server)

    def _secret(self, name: str) -> Found:
        try:
            answer = self._secretsmanager().get_secret_value(SecretId=name)
        except FAILED as error:
            if code_of(error) in _MISSING:
                remedy = "no such secret in this region and account, or it is being deleted"
                raise problem(f"secretsmanager:{name}", remedy) from error
            raise failure("secretsmanager:GetSecretValue", name, error) from error
        text = answer.get("SecretString", "")
        if not text:
            raise problem(f"secretsmanager:{name}", "it holds no text")
        return Found(text)
