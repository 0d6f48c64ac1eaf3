"""Secret Manager in memory: the newest version of each secret, and versions by their numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from google.cloud.secretmanager_v1 import types
from grpc import StatusCode

from tests.adapters.gcp.fake_google.refusals import RefusedError, invalid

_Answer = types.AccessSecretVersionResponse.pb()


class FakeSecretManager:
    """`kept`: the versions of each secret, oldest first, by its name in full; None is disabled."""

    def __init__(self) -> None:
        self.kept: dict[str, list[bytes | None]] = {}

    @property
    def methods(self) -> Mapping[str, tuple[Callable[[Any], Any], Any]]:
        return {"AccessSecretVersion": (self.access, types.AccessSecretVersionRequest.pb())}

    def access(self, asked: Any) -> Any:
        secret, _, version = asked.name.partition("/versions/")
        if secret.count("/") != 3 or not version:
            raise invalid(f"The name is not of a version: {asked.name}")
        versions = self.kept.get(secret, [])
        number = len(versions) if version == "latest" else int(version)
        if not 0 < number <= len(versions):
            raise RefusedError(StatusCode.NOT_FOUND, f"Secret [{asked.name}] not found")
        data = versions[number - 1]
        if data is None:
            words = f"Secret Version [{secret}/versions/{number}] is in DISABLED state."
            raise RefusedError(StatusCode.FAILED_PRECONDITION, words)
        return _Answer(name=f"{secret}/versions/{number}", payload={"data": data})
