"""How clouds carry messages, a topic's and their own: lost, doubled, late, reordered, replayed."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from autoscaler.errors import UnavailableError
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.time import Time

M = TypeVar("M")

_SOON = (0.05, 1.0)
_LATE = (5.0, 90.0)
_REMEMBERED = 50


class Post(Generic[M]):
    """Whatever is carried and arrives is handed to `deliver`, at its time.

    A `Post[Message]` is the Topic port.
    """

    def __init__(self, time: Time, chance: Chance) -> None:
        self._time = time
        self._chance = chance
        self._old: deque[M] = deque(maxlen=_REMEMBERED)
        self.deliver: Callable[[M], object] = lambda _: None
        self.published: Callable[[M], object] = lambda _: None

    def publish(self, messages: Sequence[M]) -> None:
        if messages and self._chance(self._chance.nature.unreadable):
            raise UnavailableError("Publish was not answered")
        for message in messages:
            self.published(message)
            self.carry(message)

    def carry(self, message: M) -> None:
        """On its way, as far as chance lets it come."""
        nature = self._chance.nature
        self._old.append(message)
        if self._chance(nature.lost):
            return
        self._send(message)
        if self._chance(nature.doubled):
            self._send(message)
        if self._chance(nature.replayed):
            self._send(self._chance.random.choice(self._old))

    def _send(self, message: M) -> None:
        between = _LATE if self._chance(self._chance.nature.reordered) else _SOON
        delay = self._chance.random.uniform(*between)
        self._time.later(delay, lambda: self.deliver(message))
