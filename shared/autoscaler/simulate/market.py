"""What a cloud has to sell: everything, or what a calendar of its spot market says."""

from collections import Counter

from autoscaler.core.fleet import Deployment, offering_parts
from autoscaler.core.seen import Machine
from autoscaler.simulate.models import Models
from autoscaler.world.cloud import Box, Region, Time
from autoscaler.world.cloud.mirror import Mirror
from autoscaler.world.cloud.nature import Chance


class Plain(Mirror):
    """A listing that shows everything at once."""

    def __init__(self, chance: Chance) -> None:
        super().__init__(chance)
        self._shown: dict[str, Machine] = {}

    def show(self, machine: Machine, at: float) -> None:
        del at
        self._shown[machine.instance_id] = machine

    def forget(self, instance_id: str, at: float) -> None:
        del at
        self._shown.pop(instance_id, None)

    def listing(self, at: float) -> list[Machine]:
        del at
        return list(self._shown.values())


class Market(Region):
    """A region in which nothing goes wrong, but that machines may run out or be taken back."""

    def __init__(self, deployment: Deployment, time: Time, chance: Chance, models: Models) -> None:
        super().__init__(deployment, time, chance, Plain(chance))
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
