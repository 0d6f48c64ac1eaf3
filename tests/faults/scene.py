"""What one run plays: a deployment, its timing, and what goes wrong as a whole."""

from dataclasses import dataclass
from datetime import timedelta

from autoscaler.core.fleet import Autoscaler, Budget, Deployment, Offering, Resource, Timing

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FUNCTION_TIMEOUT = 60.0
QUEUES = ("short", "long", "slots")
DAY = 20.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Chosen by the seed alone, so that every rate and every drop plays on the same stages.

    `guarded`: machines have a guard; without one, the reaper's own look decides. `leased`: the
    planners' lease keeps most of them apart. `limit`: how many rows a commit may touch.
    `wiped`: the table is lost once. `abandoned`: the control plane is off at the end.
    `budgeted`: money is short; at the end there is enough. `adaptive`: what idle machines do.
    """

    seed: int
    hours: float
    guarded: bool
    leased: bool
    limit: int
    wiped: bool
    abandoned: bool
    budgeted: bool
    adaptive: bool

    @property
    def end(self) -> float:
        """When the last work is handed in."""
        return self.hours * 3600


def scene(seed: int, hours: float) -> Scene:
    return Scene(
        seed=seed,
        hours=hours,
        guarded=seed % 4 != 3,
        leased=seed % 2 == 0,
        limit=(100, 10, 6)[seed % 3],
        wiped=seed % 5 == 4,
        abandoned=seed % 8 == 5,
        budgeted=seed % 7 in (2, 5),
        adaptive=seed % 6 < 3,
    )


def deployment(played: Scene) -> Deployment:
    """Two autoscalers, four resources, three queues; each limit is the tightest one at times."""
    team = (
        _resource("team", "small", ("short",), 4, ("s1:a:spot", "s1:b:spot", "s1:a:on-demand")),
        _resource("team", "large", ("long", "short"), 3, ("l1:a:spot", "l1:b:on-demand")),
    )
    budget = Budget(day=DAY, on_budget="requeue" if played.seed % 2 else "finish")
    lab = (
        _resource("lab", "wide", ("slots",), 3, ("w1:a:spot", "w2:a:spot"), slots=2),
        _resource("lab", "spare", ("long", "slots"), 2, ("x1:a:on-demand", "x1:b:on-demand")),
    )
    lease = 50 * SECOND if played.leased else timedelta(0)
    return Deployment(
        name="faults",
        max_instances=9,
        budget=budget if played.budgeted else None,
        queue_budgets={"slots": Budget(day=DAY / 3)} if played.budgeted else {},
        autoscalers=(
            Autoscaler(
                name="team",
                prefix="team",
                max_instances=6,
                budget=Budget(hour=8.0) if played.budgeted else None,
                resources=tuple(_by_policy(each, played) for each in team),
            ),
            Autoscaler(
                name="lab",
                prefix="lab",
                resources=tuple(_by_policy(each, played) for each in lab),
            ),
        ),
        timing=Timing(lease=lease),
    )


def _by_policy(resource: Resource, played: Scene) -> Resource:
    policy = "adaptive" if played.adaptive else "simple"
    return resource.model_copy(update={"policy": policy})


def _resource(
    autoscaler: str,
    name: str,
    queues: tuple[str, ...],
    most: int,
    offerings: tuple[str, ...],
    slots: int = 1,
) -> Resource:
    return Resource(
        autoscaler=autoscaler,
        name=name,
        compute="cloud",
        queues=queues,
        offerings=tuple(_offering(each) for each in offerings),
        max_instances=most,
        slots=slots,
        max_idle=3 * MINUTE,
        max_spin_up=8 * MINUTE,
    )


def _offering(key: str) -> Offering:
    type, zone, market = key.split(":")
    price = 1.0 if market == "spot" else 3.0
    return Offering.model_validate(
        {"type": type, "zone": zone, "market": market, "hourly_price": price, "together": market}
    )
