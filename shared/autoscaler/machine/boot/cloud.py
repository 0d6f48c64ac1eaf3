"""What boot asks of the place where the machine runs, and the place that is no cloud."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Protocol  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.journal import BootError


class Identity(NamedTuple):
    """`id`: what the cloud calls the machine. `launched`: ISO 8601; empty when nobody knows."""

    id: str
    type: str
    launched: str = ""


class Cloud(Protocol):
    """Each answer raises UnreachableError, or BootError for a refusal."""

    def identity(self) -> Identity: ...

    def secret(self, kind: str, name: str) -> str:
        """The text of a secret; `kind` is the word before the reference's colon."""

    def registry_login(self, address: str) -> tuple[str, str]:
        """User and password for the cloud's own container registry, for some time."""

    def tell(self, phases: str) -> None:
        """Show the phases where the operator sees them from outside, if there is such a place."""


class NoCloud:
    """A computer of the operator's; its order says what it is called."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def identity(self) -> Identity:
        return Identity(self._settings["instance"], self._settings["type"])

    def secret(self, kind: str, name: str) -> str:
        raise BootError(f"secret {kind}:{name}: only a machine in that cloud can read it")

    def registry_login(self, address: str) -> tuple[str, str]:
        raise BootError(f"registry {address}: name a user and a password")

    def tell(self, phases: str) -> None:
        """They are in the machine's folder."""
