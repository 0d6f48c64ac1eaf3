"""A notifier that only remembers."""

from collections.abc import Sequence

from autoscaler.core.notices import Notice
from autoscaler.errors import UnavailableError


class MemoryNotifier:
    """The Notifier port; `told` is everything so far. While `broken` is set, it raises that."""

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.broken: UnavailableError | None = None

    def notify(self, notices: Sequence[Notice]) -> None:
        if self.broken:
            raise self.broken
        self.told.extend(notices)
