"""A topic inside the process, with the manners of a cloud's queue."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from autoscaler.errors import PoisonError
from autoscaler.ports import Message

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message, handed out for the `receives`-th time."""

    number: int
    message: Message
    receives: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody will see again, and why."""

    message: Message
    receives: int
    reason: str


@dataclass(slots=True)
class _Kept:
    message: Message
    due: datetime = _AT_ONCE
    receives: int = 0
    reason: str = "never answered"


class InProcessTopic:
    """The Topic port, and the pulling end of it. Threads may share it.

    A delivery that is neither acknowledged nor refused within `visibility` is handed out again;
    a refused one after `backoff`, twice that, four times that, and so on. After `max_receives`,
    or at once when it is refused with PoisonError, a message joins the `dead`, of which the last
    thousand are kept. Doubles are not noticed. What is not handled is lost with the process.
    """

    def __init__(
        self,
        *,
        visibility: timedelta = timedelta(minutes=2),
        backoff: timedelta = timedelta(seconds=1),
        max_receives: int = 5,
    ) -> None:
        self._visibility = visibility
        self._backoff = backoff
        self._max_receives = max_receives
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._kept: dict[int, _Kept] = {}
        self._dead: deque[DeadLetter] = deque(maxlen=1000)
        self._untold: list[DeadLetter] = []

    @property
    def dead(self) -> Sequence[DeadLetter]:
        with self._lock:
            return tuple(self._dead)

    def newly_dead(self) -> Sequence[DeadLetter]:
        """Those that died since this was asked last."""
        with self._lock:
            letters, self._untold = self._untold, []
            return letters

    def publish(self, messages: Sequence[Message]) -> None:
        with self._lock:
            for message in messages:
                self._kept[next(self._numbers)] = _Kept(message)

    def receive(self, now: datetime, limit: int = 10) -> Sequence[Delivery]:
        """At most `limit` deliveries that are due, the oldest message first."""
        with self._lock:
            due = [number for number, kept in self._kept.items() if kept.due <= now]
            for number in due:
                self._bury_if_worn_out(number)
            living = [number for number in due if number in self._kept][:limit]
            return [self._hand_out(number, now) for number in living]

    def ack(self, delivery: Delivery) -> None:
        """It was handled. One that was answered before is fine."""
        with self._lock:
            self._kept.pop(delivery.number, None)

    def nack(self, delivery: Delivery, now: datetime, error: Exception) -> None:
        """It was not handled, because of `error`. One that was handed out again is left alone."""
        with self._lock:
            kept = self._kept.get(delivery.number)
            if kept is None or kept.receives != delivery.receives:
                return
            kept.reason = str(error) or type(error).__name__
            kept.due = now + self._backoff * 2 ** (kept.receives - 1)
            if isinstance(error, PoisonError):
                self._bury(delivery.number)
            else:
                self._bury_if_worn_out(delivery.number)

    def due(self) -> datetime | None:
        """When `receive` next has something; a time long past for now, None for nothing at all."""
        with self._lock:
            return min((kept.due for kept in self._kept.values()), default=None)

    def _hand_out(self, number: int, now: datetime) -> Delivery:
        kept = self._kept[number]
        kept.receives += 1
        kept.due = now + self._visibility
        return Delivery(number, kept.message, kept.receives)

    def _bury_if_worn_out(self, number: int) -> None:
        if self._kept[number].receives >= self._max_receives:
            self._bury(number)

    def _bury(self, number: int) -> None:
        kept = self._kept.pop(number)
        letter = DeadLetter(kept.message, kept.receives, kept.reason)
        self._dead.append(letter)
        self._untold.append(letter)
