"""What the cloud says by itself of its machines, and what others say in its name."""

from collections.abc import Sequence

from autoscaler.ports import CloudEvent
from autoscaler.world.cloud import Box, Post
from autoscaler.world.cloud.nature import Chance
from tests.faults.hub import Hub

_FORGED = 0.01
_AHEAD = 120.0


class News:
    """Carried as badly as any message; `post.deliver` hears what arrives."""

    def __init__(self, hub: Hub, chance: Chance) -> None:
        self._hub = hub
        self._chance = chance
        self.post = Post[CloudEvent](hub, chance)

    def noticed(self, box: Box) -> None:
        self.post.carry(self._event("notice", box, _AHEAD))

    def ended(self, box: Box) -> None:
        self.post.carry(self._event("ended", box, 0))

    def forged(self, boxes: Sequence[Box]) -> None:
        """Of any machine anything may be said."""
        if boxes and self._chance(_FORGED):
            box = self._chance.random.choice(boxes)
            kind = self._chance.random.choice(("notice", "ended"))
            self.post.carry(self._event(kind, box, self._chance.random.uniform(-_AHEAD, _AHEAD)))

    def _event(self, kind: str, box: Box, after: float) -> CloudEvent:
        return CloudEvent.model_validate(
            {
                "kind": kind,
                "compute": "cloud",
                "instance_id": box.id,
                "detail": box.machine.detail,
                "at": self._hub.date(after),
            }
        )
