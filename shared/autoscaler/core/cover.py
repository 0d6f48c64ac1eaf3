"""Which waiting task is taken by which slot: an exact assignment, not a guess by subtraction."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple


class Kind(IntEnum):
    """Slots that can take a task now, and slots of machines that are still on their way."""

    IDLE = 0
    COMING = 1


class Slots(NamedTuple):
    resource: str
    kind: Kind


class Cover:
    """A maximum flow from queues to the slots of the resources that serve them.

    Queues are covered one after the other, so an earlier queue never loses to a later one; but
    slots that only an earlier queue took by chance are handed on where that covers more tasks
    (augmenting paths, Ford and Fulkerson 1956). Idle slots are preferred to coming ones.
    """

    def __init__(self, serves: Mapping[str, Sequence[str]]) -> None:
        """`serves` maps each queue to the resources that pull from it, in preference."""
        self._slots = {
            queue: [Slots(r, kind) for kind in Kind for r in resources]
            for queue, resources in serves.items()
        }
        self._free: dict[Slots, int] = defaultdict(int)
        self._taken: dict[Slots, dict[str, int]] = defaultdict(dict)

    def add(self, resource: str, kind: Kind, count: int) -> None:
        if count:
            self._free[Slots(resource, kind)] += count

    def take(self, queue: str, count: int) -> int:
        """Cover up to `count` more tasks of the queue; how many were."""
        left = count
        while left and (path := self._path(queue)):
            left -= self._push(path, left)
        return count - left

    def used(self, resource: str, kind: Kind) -> int:
        return sum(self._taken[Slots(resource, kind)].values())

    def _path(self, queue: str) -> list[tuple[str, Slots]]:
        """Steps (queue, slots it takes), the last of which are free; empty when there is none."""
        came: dict[Slots, tuple[str, Slots | None]] = {}
        ahead: deque[tuple[str, Slots | None]] = deque([(queue, None)])
        while ahead:
            taker, before = ahead.popleft()
            for slots in self._unseen(taker, came):
                came[slots] = (taker, before)
                if self._free[slots]:
                    return _unwind(slots, came)
                ahead.extend((q, slots) for q, n in self._taken[slots].items() if n)
        return []

    def _unseen(self, queue: str, seen: Mapping[Slots, object]) -> Iterable[Slots]:
        return (slots for slots in self._slots.get(queue, ()) if slots not in seen)

    def _push(self, path: Sequence[tuple[str, Slots]], most: int) -> int:
        """Move as many tasks as fit along the path: each taker leaves its slots to the one before.

        The path runs from the free slots back to the queue that asks.
        """
        handed = [self._taken[slots][taker] for (taker, _), (_, slots) in pairwise(path)]
        amount = min(most, self._free[path[0][1]], *handed)
        self._free[path[0][1]] -= amount
        for position, (taker, slots) in enumerate(path):
            self._taken[slots][taker] = self._taken[slots].get(taker, 0) + amount
            if position + 1 < len(path):
                self._taken[path[position + 1][1]][taker] -= amount
        return amount


def _unwind(end: Slots, came: Mapping[Slots, tuple[str, Slots | None]]) -> list[tuple[str, Slots]]:
    path: list[tuple[str, Slots]] = []
    slots: Slots | None = end
    while slots is not None:
        taker, before = came[slots]
        path.append((taker, slots))
        slots = before
    return path
