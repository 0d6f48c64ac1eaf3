"""The world of one run: ClearML, a cloud and its machines, and the tasks of a workload.

Who starts and stops machines on it is another matter: our services do (`simulate.run`), and
whoever is measured beside them.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random

from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Machine
from autoscaler.ports import Launched, Order
from autoscaler.simulate.hub import Hub
from autoscaler.simulate.market import Market
from autoscaler.simulate.meter import Meter
from autoscaler.simulate.models import Models
from autoscaler.simulate.outcome import Outcome
from autoscaler.simulate.work import DIED, Work
from autoscaler.simulate.workload import Workload
from autoscaler.world.agents import Agents, Guards, Habits
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Box, Nature
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.region import nobody

_FOR_EVER = timedelta(days=36500)
_ADRIFT_S = 3600.0
RECLAIMED = "reclaimed"
KILLS = "kills"


class Stage:
    """The same seed gives the same boots, in the order of launches, whoever launches.

    `deployment` says which machines there are (their queues, offerings, prices), not how many.
    `guarded`: machines have our guard, to whom drain orders go. `noticed` and `ended` are told of
    machines that the cloud takes back, or that are gone.
    """

    def __init__(
        self,
        deployment: Deployment,
        workload: Workload,
        models: Models | None = None,
        seed: int = 1,
        *,
        guarded: bool = True,
    ) -> None:
        self.deployment = deployment
        self.workload = workload
        self.models = models or Models()
        self.seed = seed
        self.hub = Hub(workload.start)
        chance = Chance(Random(f"{seed}/world"), Nature(rate=0.0))  # noqa: S311  # repeatable
        numbers = count(1)
        self.clearml = ClearML(
            now=self.hub.now,
            new_id=lambda: f"{next(numbers):032x}",
            worker_timeout=_FOR_EVER,  # who is silent here has nothing new to say
        )
        self.meter = Meter(self.hub, self._price, self.models.least_billed_s)
        self.work = Work(self.hub, self.clearml, workload, deployment.queue_refs, self.meter)
        self.region = Market(deployment, self.hub, chance, self.models)
        self.agents = Agents(
            deployment,
            self.hub,
            chance,
            self.clearml,
            self.region,
            self.work,
            Guards(there=guarded),
            Habits(boot=self._boot, beats=False),
        )
        self.noticed: Callable[[Box], object] = nobody
        self.ended: Callable[[Box], object] = nobody
        self.region.started = self._started
        self.region.stopping = self._stopping
        self.region.noticed = self._noticed
        self.region.ended = self._ended
        self.region.ordered = self.agents.ordered
        self.agents.up = self.meter.up
        self._launched = 0
        self._orders = count(1)
        self.work.begin()

    # --- for whoever scales ---

    @property
    def at(self) -> float:
        """Seconds since the workload began."""
        return self.hub.at

    def advance(self, seconds: float) -> None:
        """Time passes, and what is due happens."""
        self.hub.run(self.hub.at + seconds)

    def report(self) -> None:
        """Every agent that lives tells ClearML what it does, as it would have within 30 s."""
        self.agents.report()

    def start(self, resource: str, offering: str) -> Machine | None:
        """Start one machine of a resource (by its key) now; None: there is no capacity."""
        wanted = self.deployment.by_key[resource]
        token = f"start-{next(self._orders)}"
        order = Order(
            deployment=self.deployment.name,
            autoscaler=wanted.autoscaler,
            resource=wanted.name,
            offering=offering,
            launch=token,
            attempt=1,
            indexes=(0,),
            token=token,
            queue_ids=tuple(self.work.ids[ref] for ref in wanted.queues),
            slots=wanted.slots,
        )
        answer = self.region.run(order, token)
        return answer.machines[0] if isinstance(answer, Launched) else None

    def terminate(self, instance_id: str) -> None:
        """End the machine now, whatever it does."""
        self.region.stop(instance_id, "terminated by a call")

    @property
    def is_over(self) -> bool:
        """Every task has ended or is lost, and no machine lives; or nothing happens any more."""
        return self.is_over_at(self.hub.at)

    def is_over_at(self, at: float) -> bool:
        """The same of a later second, if nothing happens until then."""
        work = self.work
        if not work.all_in:
            return False
        if work.under_way:
            return at - work.progress > self.models.patience_s
        if self.meter.living:
            return at - work.progress > self.models.settle_s
        return not work.adrift or at - work.progress > _ADRIFT_S

    def outcome(self, calls: dict[str, int] | None = None) -> Outcome:
        """What it came to so far. Call it once, at the end."""
        lost = self.work.unfinished
        return self.meter.outcome(self.workload.name, self.seed, lost, calls or {})

    # --- what happens on it ---

    def _boot(self, _: Box) -> float:
        self._launched += 1
        return self.models.boot.draw(self.seed, self._launched)

    def _price(self, machine: Machine) -> tuple[float, bool]:
        resource = self.deployment.by_key[f"{machine.autoscaler}/{machine.resource}"]
        price = resource.hourly_price(machine.type, machine.zone, machine.market)
        if price is not None:
            return price, True
        ratio = self.models.spot_ratio if machine.market == "spot" else 1.0
        return self.models.default_price * ratio, False

    def _started(self, box: Box) -> None:
        self.meter.launched(box)
        self.work.machine(box.machine.worker, box.id, box.machine.slots)
        self.agents.started(box)
        self.region.bought(box)

    def _noticed(self, box: Box) -> None:
        self.agents.noticed(box)
        self.noticed(box)

    def _ended(self, box: Box) -> None:
        self.ended(box)

    def _stopping(self, box: Box) -> None:
        for slot in self.agents.host(box).slots:
            slot.report()
        self.work.ending = RECLAIMED if box.machine.detail == RECLAIMED else KILLS
        self.agents.stopping(box)
        self.work.ending = DIED
        self.work.ended(box.machine.worker)
        self.meter.stopped(box)
        self.region.returned(box)
