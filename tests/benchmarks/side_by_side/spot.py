"""Spot machines of three zones as they really came and went, with on-demand ones to fall back on.

Nothing is saved of a task that loses its machine. ClearML's autoscaler buys in one zone and does
not fall back.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.files import read_spot
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.outcome import Outcome
from autoscaler.simulate.run import simulate
from tests.benchmarks.bounds import clairvoyant_spot
from tests.benchmarks.side_by_side.cases import MOST, Case, models, traces_dir
from tests.benchmarks.side_by_side.sides import SETTINGS, against

MARKET: Final = "spot_v100_us_west_2"
WORKLOADS: Final = ("poisson", "heavy-tail", "sparse")
WEEKS: Final = (0, 2, 4)
RATIO: Final = 0.3
"""The price of a spot machine by that of one on demand."""
BOOT_S: Final = 180
_WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Spot:
    """One workload, begun some weeks into the market. Costs are in hours on demand."""

    name: str
    week: int
    clairvoyant: float
    ours: float
    peer: float
    mean_wait_s: float
    peer_mean_wait_s: float
    reclaimed: int
    lost: int
    peer_lost: int

    @property
    def ratio(self) -> float:
        return self.ours / self.clairvoyant

    def document(self) -> dict[str, Any]:
        return asdict(self)


class Later(Calendar):
    """The same market, so many seconds later."""

    def __init__(self, market: Calendar, by: float) -> None:
        super().__init__({})
        self._market = market
        self._by = by

    @property
    def zones(self) -> tuple[str, ...]:
        return self._market.zones

    def open(self, zone: str, at: float) -> bool:
        return self._market.open(zone, at + self._by)

    def closes(self, zone: str, at: float) -> float | None:
        when = self._market.closes(zone, at + self._by)
        return None if when is None else when - self._by


def available() -> bool:
    return (traces_dir() / f"{MARKET}.csv").is_file()


def things() -> list[tuple[str, int]]:
    return [(name, week) for name in WORKLOADS for week in WEEKS] if available() else []


def play(thing: tuple[str, int]) -> Spot:
    name, week = thing
    market = Later(read_spot(traces_dir() / f"{MARKET}.csv"), week * _WEEK)
    workload = Case(name, BOOT_S, 1, "ours").workload()
    usual = models(BOOT_S)
    weather = Models(boot=Boot(usual.boot.mean, usual.boot.p95), spot=market)
    ours = simulate(deployment(market.zones), workload, weather, seed=1)
    peer: Outcome = against(
        deployment(market.zones[:1]), workload, weather, 1, SETTINGS["default"]
    )
    return Spot(
        name=name,
        week=week,
        clairvoyant=clairvoyant_spot(workload.tasks(), BOOT_S, market, spot=RATIO, on_demand=1.0),
        ours=ours.cost,
        peer=peer.cost,
        mean_wait_s=ours.mean_wait_s,
        peer_mean_wait_s=peer.mean_wait_s,
        reclaimed=ours.reclaimed,
        lost=ours.lost,
        peer_lost=peer.lost,
    )


def deployment(zones: tuple[str, ...]) -> Deployment:
    """As `spot: true` with fallback in these zones: one call for all, and on demand at once."""
    spots = tuple(
        Offering(type="gpu.large", zone=z, market="spot", hourly_price=RATIO, together="spot")
        for z in zones
    )
    on_demand = Offering(type="gpu.large", zone=zones[0], hourly_price=1.0, together="on-demand")
    gpu = Resource(
        autoscaler="team",
        name="gpu",
        compute="cloud",
        queues=("gpu",),
        offerings=(*spots, on_demand),
        max_instances=MOST,
        policy="adaptive",
        max_idle=timedelta(minutes=15),
        max_spin_up=timedelta(minutes=30),
    )
    team = Autoscaler(name="team", prefix="dynamic_aws", resources=(gpu,))
    return Deployment(name="benchmark", autoscalers=(team,))
