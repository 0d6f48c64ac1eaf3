"""Machines of a fake cloud that run on this computer, as the launcher asked for them."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from autoscaler.core.seen import Machine
from tests.e2e.machine.cloud import CloudMachine

B = TypeVar("B")


class Guest(CloudMachine):
    """One machine; its image has the agent."""

    def __init__(self, folder: Path, born: Machine, metadata: Any) -> None:
        super().__init__(folder, born, metadata)
        self._drain = ""
        agent = Path(sys.executable).with_name("clearml-agent")
        (self.folder / "bin" / "clearml-agent").symlink_to(agent)

    def told_to_drain(self, order: str) -> None:
        """What its cloud shows of the drain order now; what is no news is not heard again."""
        if order != self._drain:
            self._drain = order
            self.order(order)


M = TypeVar("M", bound=Guest)


class Hypervisor(ABC, Generic[B, M]):
    """Does for a fake cloud what a cloud does for itself: machines run, hear orders, and end.

    `machines`: all that there ever were, by id.
    """

    every: float

    def __init__(self) -> None:
        self.machines: dict[str, M] = {}
        self.errors: list[str] = []

    @abstractmethod
    def boxes(self) -> Iterable[B]:
        """Of the fake cloud, as they are now."""

    @abstractmethod
    def look(self, box: B) -> None:
        """Do for one what is due."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """At the end every machine is off."""
        stop = Event()
        thread = Thread(target=self._run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            for machine in self.machines.values():
                machine.close()

    def lines(self) -> str:
        """What all machines said on their consoles."""
        return "\n".join(line for one in self.machines.values() for line in one.lines())

    def _run(self, stop: Event) -> None:
        while not stop.wait(self.every):
            boxes = self.boxes()
            try:
                for box in boxes:
                    self.look(box)
            except Exception as error:  # noqa: BLE001 - the next look may do better; it is told
                self.errors.append(f"{type(error).__name__}: {error}")
