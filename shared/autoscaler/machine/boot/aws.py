"""EC2: who the machine is, and what its role may read."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Mapping  # noqa: UP035 - Python 3.8
from urllib.parse import urlsplit

from autoscaler.machine.boot.cloud import Identity
from autoscaler.machine.boot.fetch import UnreachableError, fetch, request
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.sigv4 import Role, signed

SESSION = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
ECR = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"


class Ec2:
    """Asks the metadata service of version 2 only; `endpoints` replace AWS's, by service."""

    def __init__(self, metadata: str, endpoints: Mapping[str, str]) -> None:
        self._metadata, self._endpoints = metadata + "/latest/", endpoints

    def identity(self) -> Identity:
        found = self._document()
        return Identity(found["instanceId"], found["instanceType"], found.get("pendingTime", ""))

    def secret(self, kind: str, name: str) -> str:
        what = f"secret {kind}:{name}"
        if kind == "ssm":
            body = {"Name": name, "WithDecryption": True}
            value = self.call(what, "ssm", "AmazonSSM.GetParameter", body)["Parameter"]["Value"]
        elif kind == "secretsmanager":
            asked = {"SecretId": name}
            found = self.call(what, "secretsmanager", "secretsmanager.GetSecretValue", asked)
            value = found.get("SecretString") or base64.b64decode(found["SecretBinary"]).decode()
        else:
            raise BootError(f"{what}: an EC2 machine reads ssm: and secretsmanager: only")
        return str(value)

    def registry_login(self, address: str) -> tuple[str, str]:
        found = self.call(f"registry {address}", "ecr", ECR, {}, region=address.split(".")[3])
        token = base64.b64decode(found["authorizationData"][0]["authorizationToken"]).decode()
        user, _, password = token.partition(":")
        return user, password

    def tell(self, phases: str) -> None:
        """The console is the place: a machine may not write about itself here."""

    def call(
        self, what: str, service: str, target: str, body: object, *, region: str = ""
    ) -> Mapping[str, Any]:
        """What the service answers; `target` is its name for the verb."""
        region = region or self._document()["region"]
        url = self._endpoints.get(service) or self._endpoint(service, region)
        data = json.dumps(body).encode()
        headers = {
            "host": urlsplit(url).netloc,
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": target,
        }
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        all_headers = signed(headers, data, self._role(), region=region, service=service, now=now)
        found: Mapping[str, Any] = json.loads(
            fetch(what, request(url, all_headers, body=data)) or b"{}"
        )
        return found

    def _endpoint(self, service: str, region: str) -> str:
        host = "api.ecr" if service == "ecr" else service
        return f"https://{host}.{region}.{self._get('meta-data/services/domain')}/"

    def _role(self) -> Role:
        """A new machine waits some seconds for its role."""
        path = "meta-data/iam/security-credentials/"
        try:
            name = self._get(path).split("\n")[0]
            found = json.loads(self._get(path + name))
            return Role(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
        except (BootError, KeyError, ValueError):
            raise UnreachableError("the machine has no role: name an instance profile") from None

    def _document(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self._get("dynamic/instance-identity/document"))
        return found

    def _get(self, path: str) -> str:
        session = request(self._metadata + "api/token", SESSION, method="PUT")
        token = fetch("metadata service", session, direct=True).decode()
        headers = {"X-aws-ec2-metadata-token": token}
        what = f"metadata service: {path}"
        return fetch(what, request(self._metadata + path, headers), direct=True).decode()
