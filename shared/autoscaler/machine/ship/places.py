"""What a place that keeps lines promises."""

from __future__ import annotations

from typing import Protocol, Sequence  # noqa: UP035 - Python 3.8

from autoscaler.machine.ship.reading import Line


class Place(Protocol):
    def send(self, lines: Sequence[Line]) -> None:
        """Keep them all; some may be kept twice. Raises BootError when they are not."""
