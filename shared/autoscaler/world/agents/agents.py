"""The machines from within: boot, agents that pull and work, deaths, notices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from autoscaler.core.fleet import Deployment
from autoscaler.world.agents.guard import Guard
from autoscaler.world.agents.host import Host
from autoscaler.world.agents.slot import Slot, Work
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Box, Region
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.region import nobody
from autoscaler.world.cloud.time import Time

_BOOT = (40.0, 200.0)
_TOO_LATE = (500.0, 900.0)
_YOUNG = (5.0, 300.0)
_NOTICE = 120.0
_LISTED = 600.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Guards:
    """What guards do, where there are any."""

    there: bool = True
    freeze: bool = True
    mortal: bool = True


@dataclass(frozen=True, slots=True)
class Habits:
    """`boot`: how many seconds a machine needs until its agents are up; None leaves it to chance.

    Agents that do not `beat` report when something changes, not every 30 s: whoever reads what
    they reported has them `report` first.
    """

    boot: Callable[[Box], float] | None = None
    beats: bool = True


class Agents:
    """Everything that lives on the machines of a region. `up` is told when agents begin."""

    def __init__(
        self,
        deployment: Deployment,
        time: Time,
        chance: Chance,
        clearml: ClearML,
        region: Region,
        work: Work,
        guards: Guards,
        habits: Habits | None = None,
    ) -> None:
        self._deployment = deployment
        self._time = time
        self._chance = chance
        self._clearml = clearml
        self._region = region
        self._work = work
        self._nature = guards
        self._habits = habits or Habits()
        self._hosts: dict[str, Host] = {}
        self._guards: dict[str, Guard] = {}
        self.up: Callable[[Box], object] = nobody

    def host(self, box: Box) -> Host:
        return self._hosts[box.id]

    @property
    def slots(self) -> Iterator[Slot]:
        """The agents of all machines that run."""
        return (slot for host in self._hosts.values() for slot in host.slots)

    def report(self) -> None:
        """Every agent that lives tells ClearML what it does."""
        for slot in self.slots:
            slot.report()

    def started(self, box: Box) -> None:
        """A machine exists from now on: what will become of it is decided here."""
        resource = self._deployment.by_key[f"{box.machine.autoscaler}/{box.machine.resource}"]
        found = (self._clearml.queues.find(ref) for ref in resource.queues)
        host = Host(box, tuple(queue.id for queue in found if queue))
        self._hosts[box.id] = host
        if self._nature.there:
            guard = Guard(host, resource, self._time, self._chance, self._clearml, self._leave)
            guard.freezes, guard.mortal = self._nature.freeze, self._nature.mortal
            self._guards[box.id] = guard
        self._fate(host, resource.slots)

    def ordered(self, box: Box) -> None:
        if guard := self._guards.get(box.id):
            guard.ordered()

    def noticed(self, box: Box) -> None:
        """The cloud says that it takes the machine back."""
        if guard := self._guards.get(box.id):
            guard.noticed()

    def stopping(self, box: Box) -> None:
        """The machine goes: whatever its agents hold is lost."""
        host = self._hosts.pop(box.id)
        self._guards.pop(box.id, None)
        lost = host.tasks
        for slot in host.slots:
            slot.alive = False
            self._time.later(_LISTED, partial(self._unlist, slot))
        self._work.lost(lost)

    def _fate(self, host: Host, slots: int) -> None:
        chance, nature, random = self._chance, self._chance.nature, self._chance.random
        if not chance(nature.silent):
            self._time.later(self._boot(host), lambda: self._up(host, slots))
        if chance(nature.young):
            self._dies(host, random.uniform(*_YOUNG), "died young")
        if nature.rate and nature.dying:
            hours = random.expovariate(nature.dying * nature.rate)
            self._dies(host, hours * _HOUR, "died")
        if nature.rate and host.box.machine.market == "spot":
            hours = random.expovariate(nature.reclaimed * nature.rate)
            self._time.later(hours * _HOUR, lambda: self._reclaimed(host))

    def _boot(self, host: Host) -> float:
        if self._chance(self._chance.nature.late):
            return self._chance.random.uniform(*_TOO_LATE)
        if self._habits.boot:
            return self._habits.boot(host.box)
        return self._chance.random.uniform(*_BOOT)

    def _dies(self, host: Host, after: float, how: str) -> None:
        self._time.later(after, lambda: self._region.stop(host.box.id, how))

    def _reclaimed(self, host: Host) -> None:
        self._region.notice(host.box.id, _NOTICE)
        if not self._chance(self._chance.nature.withdrawn):
            self._dies(host, _NOTICE, "reclaimed")

    def _up(self, host: Host, slots: int) -> None:
        if not host.box.runs:
            return
        worker, guard = host.box.machine.worker, self._guards.get(host.box.id)
        for number in range(slots):
            name = f"{worker}:{number}" if number else worker
            slot = Slot(
                name,
                host.queues,
                self._time,
                self._chance,
                self._clearml,
                self._work,
                beats=self._habits.beats,
            )
            slot.idle = guard.idle if guard else _nothing
            host.slots.append(slot)
            slot.begin()
            self._gets_stuck(slot)
        if guard:
            guard.idle()
        self.up(host.box)

    def _gets_stuck(self, slot: Slot) -> None:
        nature = self._chance.nature
        if nature.rate:
            hours = self._chance.random.expovariate(nature.stuck * nature.rate)
            self._time.later(hours * _HOUR, slot.get_stuck)

    def _leave(self, host: Host, why: str) -> None:
        """The guard powers its machine off."""
        self._region.stop(host.box.id, why)

    def _unlist(self, slot: Slot) -> None:
        self._clearml.workers.unregister(slot.worker, user=self._clearml.user)


def _nothing() -> None:
    """Nobody listens."""
