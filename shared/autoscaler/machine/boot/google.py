"""Compute Engine: who the machine is, and what its service account may read."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any, Mapping  # noqa: UP035 - Python 3.8
from urllib.parse import quote

from autoscaler.machine.boot.cloud import Identity
from autoscaler.machine.boot.fetch import fetch, request
from autoscaler.machine.boot.journal import BootError

FLAVOR = {"Metadata-Flavor": "Google"}
SECRETS = "https://secretmanager.googleapis.com"
FULL = 3  # slashes in projects/P/secrets/S


class Gce:
    """`endpoints` replace Google's, by service."""

    def __init__(self, metadata: str, endpoints: Mapping[str, str]) -> None:
        self._metadata, self._endpoints = metadata + "/computeMetadata/v1/", endpoints

    def identity(self) -> Identity:
        """A machine is found by its name; the type comes as projects/N/machineTypes/TYPE."""
        kind = self.get("instance/machine-type").rpartition("/")[2]
        return Identity(self.get("instance/name"), kind)

    def secret(self, kind: str, name: str) -> str:
        what = f"secret {kind}:{name}"
        if kind != "gcp-secret":
            raise BootError(f"{what}: a Google machine reads gcp-secret: only")
        base = self._endpoints.get("secretmanager", SECRETS).rstrip("/")
        url = f"{base}/v1/{quote(self._version(name))}:access"
        login = {"Authorization": "Bearer " + self._token()}
        payload = json.loads(fetch(what, request(url, login)))["payload"]["data"]
        return base64.b64decode(payload).decode()

    def registry_login(self, address: str) -> tuple[str, str]:  # noqa: ARG002 - see below
        """The same for each registry: Google knows the account, not the address."""
        return "oauth2accesstoken", self._token()

    def tell(self, phases: str) -> None:
        """As a guest attribute, where the project has these switched on."""
        url = self._metadata + "instance/guest-attributes/clearml-autoscaler/phases"
        with contextlib.suppress(BootError):
            put = request(url, FLAVOR, body=phases.encode(), method="PUT")
            fetch("guest attributes", put, direct=True)

    def post(self, what: str, service: str, base: str, path: str, body: object) -> None:
        headers = {"Authorization": "Bearer " + self._token(), "Content-Type": "application/json"}
        url = self._endpoints.get(service, base).rstrip("/") + path
        fetch(what, request(url, headers, body=json.dumps(body).encode()))

    def _version(self, name: str) -> str:
        project = "" if "/" in name else f"projects/{self.get('project/project-id')}/secrets/"
        return project + name + ("" if name.count("/") > FULL else "/versions/latest")

    def _token(self) -> str:
        path = "instance/service-accounts/default/token"
        found: Mapping[str, Any] = json.loads(self.get(path))
        return str(found["access_token"])

    def get(self, path: str) -> str:
        what = f"metadata service: {path}"
        return fetch(what, request(self._metadata + path, FLAVOR), direct=True).decode()
