"""Secrets from Secret Manager, with the ClearML server of each login."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from google.api_core.exceptions import FailedPrecondition, NotFound

from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.retries import ATTEMPT, again
from autoscaler.config.logins import Found, member, problem
from autoscaler.ports import Secrets

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1.services.secret_manager_service import (
        SecretManagerServiceClient,
    )

_SCHEME = "gcp-secret"
_FULL = 3  # slashes in projects/P/secrets/S
_ROLE = "roles/secretmanager.secretAccessor"


class GcpSecrets:
    """The Secrets port for `gcp-secret:NAME` and what `local` knows (`env:NAME`).

    NAME is a secret of the project, read in its latest version, or any that is named in full
    (projects/P/secrets/S, with /versions/V where it must be that one). `#KEY` at the end takes
    one member of a JSON object; the server of a login is the member `api_server` of the same
    object, `local_server` that of `local`. What was read is kept: a new object reads anew. What
    is not answered is asked again for `patience` seconds.
    """

    def __init__(
        self,
        client: Callable[[], SecretManagerServiceClient],
        project: Callable[[], str],
        local: Secrets,
        local_server: str = "",
        *,
        patience: float = 9.0,
    ) -> None:
        self._client = client
        self._project = project
        self._local = local
        self._local_server = local_server
        self._retry = again(patience)
        self._known: dict[str, str] = {}

    def resolve(self, reference: str) -> str:
        return self.find(reference).value

    def find(self, reference: str) -> Found:
        """As `resolve`, with its server. UnavailableError when Google does not answer."""
        scheme, _, name = reference.partition(":")
        if scheme != _SCHEME:
            return Found(self._local.resolve(reference), self._local_server)
        place, _, key = name.partition("#")
        text = self._stored(place)
        return member(text, key, reference) if key else Found(text)

    def _stored(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> str:
        reference, version = f"{_SCHEME}:{name}", self._version(name)
        try:
            answer = self._client().access_secret_version(
                name=version, retry=self._retry, timeout=ATTEMPT
            )
        except NotFound as error:
            raise problem(reference, "no such secret, or it has no version yet") from error
        except FailedPrecondition as error:
            raise problem(reference, "its version is disabled or destroyed") from error
        except FAILED as error:
            raise failure(f"secretmanager:AccessSecretVersion {version}", error, _ROLE) from error
        try:
            text = answer.payload.data.decode()
        except UnicodeDecodeError:
            text = ""
        if not text:
            raise problem(reference, "it holds no text")
        return text

    def _version(self, name: str) -> str:
        full = name if "/" in name else f"projects/{self._project()}/secrets/{name}"
        return full if full.count("/") > _FULL else f"{full}/versions/latest"
