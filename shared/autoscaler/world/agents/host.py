"""One machine that runs, as its agents and its guard see it."""

from dataclasses import dataclass, field

from autoscaler.world.agents.slot import Slot
from autoscaler.world.cloud import Box


@dataclass(slots=True)
class Host:
    """A machine that runs, with its agents once they are up."""

    box: Box
    queues: tuple[str, ...]
    slots: list[Slot] = field(default_factory=list)

    @property
    def tasks(self) -> list[str]:
        """What its agents hold, popped ones included."""
        return [slot.task for slot in self.slots if slot.task]
