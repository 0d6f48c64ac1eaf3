"""Errors, named for what the caller should do."""

from collections.abc import Sequence
from dataclasses import dataclass


class AutoscalerError(Exception):
    """The root: a caller that catches it has caught everything this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of the operator: where it stands, what was found, what to do about it."""

    field: str
    value: str
    remedy: str

    def __str__(self) -> str:
        shown = f" = {self.value}" if self.value else ""
        return f"{self.field}{shown}: {self.remedy}"


class ConfigError(AutoscalerError):
    """Tell the operator and start nothing; `problems` names each field, value and remedy."""

    def __init__(self, *problems: Problem) -> None:
        self.problems: Sequence[Problem] = problems
        super().__init__("\n".join(map(str, problems)))


class UnavailableError(AutoscalerError):
    """A service could not be read in full: act on nothing it would have told, look again later."""


class CredentialsError(UnavailableError):
    """A service refused our credentials: as UnavailableError, and only the operator can help."""


class StaleWriteError(AutoscalerError):
    """Somebody else moved a row on: drop this write, whoever looks next sees the newer row."""


class PoisonError(AutoscalerError):
    """A message that can never be handled: set it aside (dead letter) with this reason."""
