"""Which agents found nothing, and are told when something comes into one of their queues."""

from collections.abc import Collection, Sequence

from autoscaler.world.agents.slot import Slot
from autoscaler.world.clearml import ClearML


class Waiting:
    """Spares an agent without work the polls that would find nothing."""

    def __init__(self, clearml: ClearML, queues: Collection[str]) -> None:
        """`queues` are the ids of all queues from which an agent may pull."""
        self._clearml = clearml
        self._slots: dict[str, dict[str, Slot]] = {queue: {} for queue in queues}

    @property
    def queues(self) -> Sequence[str]:
        return tuple(self._slots)

    def waits(self, slot: Slot) -> None:
        """Nothing was there: wake it when something comes, instead of every 5 s."""
        for queue in slot.queues:
            if self._clearml.queues.get(queue).entries:
                slot.look_soon()
                return
        for queue in slot.queues:
            self._slots[queue][slot.worker] = slot

    def wake(self, queue: str) -> None:
        """Something came into the queue: whoever waits for it polls within 5 s."""
        for slot in list(self._slots[queue].values()):
            self.leaves(slot)
            slot.look_soon()

    def leaves(self, slot: Slot) -> None:
        for queue in slot.queues:
            self._slots[queue].pop(slot.worker, None)
