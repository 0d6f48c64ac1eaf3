"""How long a machine may live, be idle or start, and how often its guard looks."""

from datetime import timedelta
from typing import Any

from autoscaler.core.value import Value


class GuardTiming(Value):
    """How often the guard looks (in seconds), and how patient it is.

    `poll`: at its agents and orders. `probe`: at ClearML. `freeze`: how long agents stand still
    before the look that decides a drain. `again`: until it tries once more what it could not
    judge. `restart`: before a dead agent is started again; doubled with each death.
    """

    poll: float = 0.5
    probe: float = 30.0
    freeze: float = 2.0
    again: float = 10.0
    restart: float = 2.0


class MachineLimits(Value):
    """`max_lifetime`: None for no limit; a machine that works is not ended by it."""

    max_idle: timedelta = timedelta(minutes=15)
    boot_deadline: timedelta = timedelta(minutes=10)
    max_lifetime: timedelta | None = None
    guard: GuardTiming = GuardTiming()

    @property
    def idle_limit(self) -> timedelta:
        """When a machine that nobody drains ends by itself: later than anybody would drain it."""
        return self.max_idle * 3 + timedelta(minutes=15)

    def seconds(self) -> dict[str, Any]:
        """The same in the guard's words."""
        return {
            **self.guard.model_dump(),
            "boot": self.boot_deadline.total_seconds(),
            "idle": self.idle_limit.total_seconds(),
            "life": self.max_lifetime.total_seconds() if self.max_lifetime else 0,
        }
