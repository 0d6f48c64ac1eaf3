"""What surrounds a deployment: secrets, prices, people, time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from autoscaler.core.notices import Notice


class Secrets(Protocol):
    def resolve(self, reference: str) -> str:
        """The secret behind `env:NAME` and the like. ConfigError names what is missing."""
        ...


class SecretStore(Protocol):
    def put(self, reference: str, value: str, *, overwrite: bool = False) -> None:
        """Keep the secret behind the reference.

        ConfigError when one is there already, unless `overwrite`; CredentialsError and
        UnavailableError as for all adapters. No error repeats the value.
        """
        ...


class Prices(Protocol):
    """What machines of one provider cost, in US dollars."""

    def on_demand(self, region: str, type: str) -> float | None:
        """For an hour of this type there; None when it is not sold there."""
        ...

    def spot(self, region: str, types: Collection[str]) -> Mapping[tuple[str, str], float]:
        """For an hour on the spot market now, by type and zone; what is not sold is left out."""
        ...


class Notifier(Protocol):
    def notify(self, notices: Sequence[Notice]) -> None:
        """Tell a person, each notice at least once. UnavailableError when that failed."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh id: 26 characters, sorting by the time it was made (ULID)."""
        ...
