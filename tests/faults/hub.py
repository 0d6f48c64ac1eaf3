"""Virtual time in which functions are greenlets that wait for their turn."""

from datetime import datetime

from greenlet import getcurrent, greenlet

from autoscaler.simulate import hub


class Hub(hub.Hub):
    """As in simulations; and whoever is called may sleep."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.main: greenlet = getcurrent()
        self._until = 0.0

    def sleep(self, delay: float) -> None:
        """Let a function's time pass. When nothing else is due, nobody else need take a turn."""
        wake = self.at + delay
        if wake <= self._until and not (self._due and self._due[0][0] <= wake):
            self.at = wake
            return
        self.later(delay, getcurrent().switch)
        self.main.switch()

    def run(self, until: float) -> None:
        self._until = until
        super().run(until)
