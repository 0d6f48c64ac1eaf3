"""How `up` speaks: to a person or to a program."""

from collections.abc import Sequence
from typing import Protocol

from autoscaler.cli.running.news import News
from autoscaler.core.ledger import Event
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Shutdown
from autoscaler.services.poll import Tick


class Voice(Protocol):
    def started(self, names: Sequence[str], *, once: bool) -> None:
        """It is about to look for the first time."""
        ...

    def tick(self, tick: Tick, news: News) -> None:
        """One tick is over."""
        ...

    def error(self, error: AutoscalerError) -> None:
        """Something failed that the next tick will mend."""
        ...

    def stopping(self, how: Shutdown, machines: int) -> None:
        """It was told to stop; `machines` live."""
        ...

    def stopped(self, events: Sequence[Event], machines: int, second_looks: int) -> None:
        """That is all; `machines` are left, and so many that are gone want a second look."""
        ...
