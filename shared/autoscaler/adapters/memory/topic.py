"""A topic that may treat its messages as badly as a cloud's may."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from autoscaler.ports import Message


class MemoryTopic:
    """The Topic port; `receive` hands each message out once, in the order of publication.

    `lost`, `doubled` and `reordered` are probabilities, and `delay` is the longest that a message
    takes after its `at`: by default it keeps all promises. The same seed does the same again.
    `published` is everything that it was ever given.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        lost: float = 0,
        doubled: float = 0,
        reordered: float = 0,
        delay: timedelta = timedelta(0),
    ) -> None:
        self.published: list[Message] = []
        self._random = Random(seed)  # noqa: S311  # a fault that can be repeated is no secret
        self._lost = lost
        self._doubled = doubled
        self._reordered = reordered
        self._delay = delay
        self._under_way: list[tuple[datetime, Message]] = []

    def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.published.append(message)
            for _ in range(self._copies()):
                due = message.at + self._delay * self._random.random()
                self._under_way.insert(self._place(), (due, message))

    def receive(self, now: datetime) -> Sequence[Message]:
        """What has arrived by now."""
        arrived = [message for due, message in self._under_way if due <= now]
        self._under_way = [(due, message) for due, message in self._under_way if due > now]
        return arrived

    def due(self) -> datetime | None:
        """When the next message arrives; None when none is under way."""
        return min((due for due, _ in self._under_way), default=None)

    def _copies(self) -> int:
        if self._random.random() < self._lost:
            return 0
        return 2 if self._random.random() < self._doubled else 1

    def _place(self) -> int:
        end = len(self._under_way)
        return self._random.randint(0, end) if self._random.random() < self._reordered else end
