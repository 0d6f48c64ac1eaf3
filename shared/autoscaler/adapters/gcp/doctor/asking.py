"""What is asked of Google, each once, and what its own errors during a look mean."""

from collections.abc import Iterator
from typing import Any

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.refusals import NOT_FOUND, CallError
from autoscaler.adapters.gcp.rest import call
from autoscaler.errors import Problem
from autoscaler.ports import Finding
from autoscaler.ports.doctor import Look, Said, said

_REFUSED = (401, 403)


class Asking:
    """One project, as somebody. What several looks ask of Google is asked once."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._known: dict[str, dict[str, Any] | None] = {}

    @property
    def project(self) -> str:
        return self.access.project

    def compute(self, path: str) -> dict[str, Any] | None:
        """What is at a path of the project; None for what is not there."""
        return self.of("compute", f"compute/v1/projects/{self.project}/{path}".rstrip("/"))

    def of(self, service: str, path: str) -> dict[str, Any] | None:
        """The same of any service, by the whole path. Raises CallError for what is refused."""
        key = f"{service}/{path}"
        if key not in self._known:
            self._known[key] = self._read(service, path)
        return self._known[key]

    def may(self, service: str, resource: str, permissions: list[str]) -> list[str]:
        """Those of the permissions that whoever looks does not have."""
        asked = {"permissions": permissions}
        found = call(self.access.session, service, f"{resource}:testIamPermissions", body=asked)
        return [each for each in permissions if each not in found.get("permissions", [])]

    def _read(self, service: str, path: str) -> dict[str, Any] | None:
        try:
            return call(self.access.session, service, path)
        except CallError as error:
            if error.status != NOT_FOUND:
                raise
            return None


def findings(check: str, resource: str, look: Look) -> Iterator[Finding]:
    """One finding, or one for each problem and warning."""
    return said(look, (CallError,), _unread).findings(check, resource)


def _unread(error: CallError) -> Said:
    """A look that is not allowed tells nothing about what it would have seen."""
    if error.status in _REFUSED:
        remedy = "who looks may not read it, so this was not looked at: allow it, if only to read"
        return Said("", warnings=(Problem("", "", f"{error}: {remedy}"),))
    return Said("", problems=(Problem("", "", f"{error}: look again later"),))
