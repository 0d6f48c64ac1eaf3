"""What a cloud has to sell: everything, or what a calendar of its spot market says."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autoscaler.core.fleet import Deployment, offering_parts
from autoscaler.world.cloud import Box, Region

if TYPE_CHECKING:
    from autoscaler.simulate.models import Models
    from autoscaler.world.cloud import Time
    from autoscaler.world.cloud.nature import Chance


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


class Market(Region):
    """A region in which nothing goes wrong, but that machines may run out or be taken back."""

    def __init__(self, deployment: Deployment, time: Time, chance: Chance, models: Models) -> None:
        super().__init__(deployment, time, chance)
        self._hub = time
        self._models = models
        self._living: Counter[str] = Counter()

    def available(self, resource: str, offering: str, asked: int) -> int:
        del resource
        _, zone, market = offering_parts(offering)
        if market == "spot" and not self._models.spot.open(zone, self._hub.at):
            return 0
        most = (self._models.capacity or {}).get(offering)
        return asked if most is None else max(0, min(asked, most - self._living[offering]))

    def bought(self, box: Box) -> None:
        """It lives from now on; on the spot market, until its zone has none any more."""
        self._living[_offering(box)] += 1
        if box.machine.market != "spot":
            return
        end = self._models.spot.closes(box.machine.zone, self._hub.at)
        if end is not None:
            left = end - self._hub.at
            notice = min(left, self._models.notice_s)
            self._hub.later(left - notice, lambda: self.notice(box.id, notice))
            self._hub.later(left, lambda: self.stop(box.id, "reclaimed"))

    def returned(self, box: Box) -> None:
        self._living[_offering(box)] -= 1


def _offering(box: Box) -> str:
    machine = box.machine
    return ":".join(part for part in (machine.type, machine.zone, machine.market) if part)
