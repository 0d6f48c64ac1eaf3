"""The time that a model lives in."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Time(Protocol):
    """Whoever plays the world says what time it is, and calls back when it has come."""

    @property
    def at(self) -> float:
        """Seconds since the world began."""
        ...

    def now(self) -> datetime:
        """The same instant as a date, aware, in UTC."""
        ...

    def later(self, delay: float, act: Callable[[], object]) -> None:
        """Call `act` when `delay` seconds have passed."""
        ...
