"""What a listing shows: every change late, some very late, and now and then a gap."""

from dataclasses import dataclass, field

from autoscaler.core.seen import Machine
from autoscaler.world.cloud.nature import Chance

_TAIL = 20.0
_STEADY = 600.0


@dataclass(slots=True)
class Image:
    """The faces of one machine, each with the time from which listings show it; None is no face.

    `old` is what they showed before. Until `steady_until` no listing is wrong about it again.
    """

    coming: list[tuple[float, Machine | None]] = field(default_factory=list)
    shown: Machine | None = None
    old: Machine | None = None
    steady_until: float = 0.0

    def at(self, at: float) -> Machine | None:
        while self.coming and self.coming[0][0] <= at:
            self.old = self.shown
            self.shown = self.coming.pop(0)[1]
        return self.shown


class Mirror:
    """Eventually consistent: changes of one machine appear in their order."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._images: dict[str, Image] = {}

    def show(self, machine: Machine, at: float) -> None:
        self._change(machine.instance_id, machine, at + self._lag())

    def forget(self, instance_id: str, at: float) -> None:
        """The record is dropped without a word."""
        self._change(instance_id, None, at)

    def listing(self, at: float) -> list[Machine]:
        faces = [self._face(each, at) for each in list(self._images)]
        return [machine for machine in faces if machine]

    def _face(self, instance_id: str, at: float) -> Machine | None:
        image = self._images[instance_id]
        shown = image.at(at)
        if shown is None:
            if not image.coming:
                del self._images[instance_id]
            return None
        if at >= image.steady_until and self._chance(self._chance.nature.flap):
            image.steady_until = at + _STEADY
            return image.old if self._chance.random.random() < 1 / 2 else None
        return shown

    def _change(self, instance_id: str, machine: Machine | None, at: float) -> None:
        image = self._images.setdefault(instance_id, Image())
        last = image.coming[-1][0] if image.coming else at
        image.coming.append((max(at, last), machine))

    def _lag(self) -> float:
        random, nature = self._chance.random, self._chance.nature
        if self._chance(nature.tail):
            return random.uniform(_TAIL, nature.longest)
        return min(random.expovariate(1 / nature.lag), _TAIL)
