"""One project, as somebody: plain HTTP for what is read, Google's client for what is changed.

The client takes 1.3 s of CPU and 110 MiB to import, of which a poller that only lists machines
needs nothing.
"""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autoscaler.adapters.gcp.rest import NO_LOGIN, SCOPES, call, server
from autoscaler.errors import ConfigError, CredentialsError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.cloud.compute_v1 import InstancesClient, ZoneOperationsClient

    from autoscaler.config import GcpSection

ENDPOINT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"
_KINDS = ("service_account", "external_account")
_MOST_PAGES = 1000
_NOBODY = "give it a service account, or run gcloud auth application-default login"


class Access:
    """`credentials`: the JSON of a login; empty is the environment's (ADC). ConfigError if none.

    `impersonate`: whom that login takes on. Two of gcloud's variables count here as well: the
    first names another server than Google's, the second ("true") makes calls without a login.
    """

    def __init__(self, project: str = "", credentials: str = "", impersonate: str = "") -> None:
        self._project, self._impersonate = project, impersonate
        self._told = _login_of(credentials) if credentials else {}

    @cached_property
    def project(self) -> str:
        """Raises CredentialsError when nobody says which."""
        found = self._project or os.environ.get("GOOGLE_CLOUD_PROJECT") or self._login[1]
        if not found:
            raise CredentialsError("no Google Cloud project: write gcp: {project: ID}")
        return str(found)

    def read(self, path: str, **asked: str) -> dict[str, Any]:
        """What is at a path of the project ("zones/Z/instances").

        Raises CallError for what Google refuses, UnavailableError for what nobody answers.
        """
        return call(self.session, "compute", f"compute/v1/projects/{self.project}/{path}", **asked)

    def pages(self, path: str, **asked: str) -> Iterator[Mapping[str, Any]]:
        """Each page of a list, to its end."""
        token = ""
        for _ in range(_MOST_PAGES):
            page = self.read(path, **asked, **({"pageToken": token} if token else {}))
            yield page
            token = str(page.get("nextPageToken", ""))
            if not token:
                return

    @cached_property
    def instances(self) -> InstancesClient:
        from google.cloud.compute_v1 import InstancesClient

        return InstancesClient(credentials=self._login[0], client_options=self._options)

    @cached_property
    def operations(self) -> ZoneOperationsClient:
        """Of its own: those that a call answers with ask Google, whatever the server was."""
        from google.cloud.compute_v1 import ZoneOperationsClient

        return ZoneOperationsClient(credentials=self._login[0], client_options=self._options)

    @property
    def _options(self) -> dict[str, str]:
        return {"api_endpoint": server("compute")}

    @cached_property
    def session(self) -> Any:
        """What calls as it does."""
        from google.auth.transport.requests import AuthorizedSession

        return AuthorizedSession(self._login[0])

    @cached_property
    def _login(self) -> tuple[Any, str]:
        """Who calls, and of which project that is."""
        from google.auth.credentials import AnonymousCredentials
        from google.auth.exceptions import GoogleAuthError
        from google.auth.impersonated_credentials import Credentials

        if os.environ.get(NO_LOGIN, "").lower() == "true":
            return AnonymousCredentials(), ""
        try:
            found, project = self._found()
        except (GoogleAuthError, ValueError) as error:
            named = "gcp.credentials" if self._told else "this process has no Google login"
            raise CredentialsError(f"{named}: {_NOBODY} ({type(error).__name__})") from error
        if self._impersonate:
            found = Credentials(
                source_credentials=found,
                target_principal=self._impersonate,
                target_scopes=list(SCOPES),
            )
        return found, project

    def _found(self) -> tuple[Any, str]:
        import google.auth

        if not self._told:
            found, project = google.auth.default(scopes=SCOPES)
            return found, project or ""
        return _named(self._told), str(self._told.get("project_id", ""))


class Accesses:
    """One Access for all resources with the same project and login."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Access] = {}

    def of(self, gcp: GcpSection, credentials: str) -> Access:
        """`credentials` is the secret that `gcp` names, "" where it names none. ConfigError."""
        key = (gcp.project or "", credentials, gcp.impersonate or "")
        return self._known.setdefault(key, Access(*key))


def _named(told: Mapping[str, Any]) -> Any:
    """A federation lets a role of AWS, or another issuer's token, call as a service account."""
    from google.auth import aws, identity_pool
    from google.oauth2 import service_account

    if told["type"] == "service_account":
        return service_account.Credentials.from_service_account_info(told, scopes=SCOPES)
    on_aws = str(told.get("credential_source", {}).get("environment_id", "")).startswith("aws")
    reader: Any = aws.Credentials if on_aws else identity_pool.Credentials
    return reader.from_info(told, scopes=SCOPES)


def _login_of(text: str) -> dict[str, Any]:
    """No error repeats what may be a secret."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("type") not in _KINDS:
        remedy = "keep there the JSON of a service account's key, or of a federation"
        raise ConfigError(Problem("gcp.credentials", "", remedy))
    return found
