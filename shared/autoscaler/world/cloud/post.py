"""A topic as clouds have them: it loses, doubles, delays, reorders and replays."""

from collections import deque
from collections.abc import Callable, Sequence

from autoscaler.errors import UnavailableError
from autoscaler.ports import Message
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.time import Time

_SOON = (0.05, 1.0)
_LATE = (5.0, 90.0)
_REMEMBERED = 50


class Post:
    """The Topic port; each message that arrives is handed to `deliver`, at its time."""

    def __init__(self, time: Time, chance: Chance) -> None:
        self._time = time
        self._chance = chance
        self._old: deque[Message] = deque(maxlen=_REMEMBERED)
        self.deliver: Callable[[Message], object] = lambda _: None
        self.published: Callable[[Message], object] = lambda _: None

    def publish(self, messages: Sequence[Message]) -> None:
        nature = self._chance.nature
        if messages and self._chance(nature.unreadable):
            raise UnavailableError("Publish was not answered")
        for message in messages:
            self.published(message)
            self._old.append(message)
            if self._chance(nature.lost):
                continue
            self._send(message)
            if self._chance(nature.doubled):
                self._send(message)
            if self._chance(nature.replayed):
                self._send(self._chance.random.choice(self._old))

    def _send(self, message: Message) -> None:
        between = _LATE if self._chance(self._chance.nature.reordered) else _SOON
        delay = self._chance.random.uniform(*between)
        self._time.later(delay, lambda: self.deliver(message))
