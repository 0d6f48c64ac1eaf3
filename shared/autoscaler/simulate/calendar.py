"""When the zones of a spot market have machines."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence


class Calendar:
    """When which zone has spot machines: `changes` are by zone, in order, as (second, whether).

    Before its first change a zone has none. Zones that it does not name always have machines; an
    offering without a zone has machines as long as any zone has.
    """

    def __init__(self, changes: Mapping[str, Sequence[tuple[float, bool]]]) -> None:
        self._at = {zone: [at for at, _ in each] for zone, each in changes.items()}
        self._open = {zone: [is_open for _, is_open in each] for zone, each in changes.items()}

    @property
    def zones(self) -> tuple[str, ...]:
        return tuple(self._at)

    def open(self, zone: str, at: float) -> bool:
        if not zone and self._at:
            return any(self.open(each, at) for each in self._at)
        if zone not in self._at:
            return True
        found = bisect_right(self._at[zone], at)
        return found > 0 and self._open[zone][found - 1]

    def closes(self, zone: str, at: float) -> float | None:
        """When a machine that runs there now is taken back; None: never."""
        if not zone and self._at:
            ends = [self.closes(each, at) for each in self._at if self.open(each, at)]
            return None if None in ends else max((end for end in ends if end), default=at)
        if zone not in self._at:
            return None
        first = bisect_right(self._at[zone], at)
        later = zip(self._at[zone][first:], self._open[zone][first:], strict=True)
        return next((when for when, is_open in later if not is_open), None)


ALWAYS = Calendar({})
