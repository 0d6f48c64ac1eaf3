"""Small builders: say what a test is about, and leave the rest out.

Names of resources are short: "a" means "lab/a", resource a of the autoscaler "lab".
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from autoscaler.core.decisions import Cause, Plan, Verdict
from autoscaler.core.fleet import Autoscaler, Budget, Deployment, Hours, Offering, Resource
from autoscaler.core.launching import token
from autoscaler.core.ledger import Breaker, Control, Instance, Launch, Phase, Spend, Unavailable
from autoscaler.core.seen import Machine, Queue, Snapshot, Supply, Worker

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONFIG = "as-configured"
NEXT = "?"  # the key of a machine that does not care for its name: m1, m2, ... in a snapshot

Thing = Supply | Instance | Control | Breaker | Unavailable | Spend


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def ago(count: float) -> datetime:
    """So many minutes before now."""
    return NOW - minutes(count)


# --- what the operator asked for --------------------------------------------------------------


def resource(name: str = "a", /, **changes: object) -> Resource:
    """At most 10 machines of one slot for queue q; idle for 15 minutes at most."""
    autoscaler, _, short = full(name).partition("/")
    asked = {
        "autoscaler": autoscaler,
        "name": short,
        "compute": "cloud",
        "queues": ("q",),
        "offerings": (Offering(type="cpu"),),
        "max_instances": 10,
        "max_idle": minutes(15),
        "max_spin_up": minutes(30),
        "config_hash": CONFIG,
    }
    return Resource.model_validate(asked | changes)


EVERY_DAY = "0123456"


def hours(
    begin: str = "08:00",
    end: str = "20:00",
    days: str = EVERY_DAY,
    timezone: str = "UTC",
    **limits: object,
) -> Hours:
    """From one time to another on these days; Monday is 0. NOW is a Thursday's noon in UTC."""
    asked = {
        "days": frozenset(map(int, days)),
        "begin": time.fromisoformat(begin),
        "end": time.fromisoformat(end),
        "timezone": timezone,
    }
    return Hours.model_validate(asked | limits)


def sold(*prices: float | None, **changes: object) -> Resource:
    """Resource a, each of its offerings at a price; it boots within 30 minutes or never."""
    offers = tuple(Offering(type=f"t{i}", hourly_price=p) for i, p in enumerate(prices))
    return resource("a", **({"offerings": offers} | changes))


def fleet(
    *resources: Resource,
    most: int | None = None,
    lab: int | None = None,
    ops: int | None = None,
    money: Mapping[str, Budget] | None = None,
    **changes: object,
) -> Deployment:
    """The resources under their autoscalers; `most`, `lab` and `ops` limit all, lab and ops.

    `money` is by scope: "*", "lab", "ops", "queue:q".
    """
    limits = {"lab": lab, "ops": ops}
    budgets = dict(money or {})
    names = dict.fromkeys(r.autoscaler for r in resources)
    autoscalers = [
        Autoscaler(
            name=name,
            prefix=name,
            max_instances=limits[name],
            budget=budgets.pop(name, None),
            resources=tuple(r for r in resources if r.autoscaler == name),
        )
        for name in names
    ]
    asked = {
        "name": "test",
        "max_instances": most,
        "budget": budgets.pop("*", None),
        "queue_budgets": {scope.removeprefix("queue:"): b for scope, b in budgets.items()},
        "autoscalers": tuple(autoscalers),
    }
    return Deployment.model_validate(asked | changes)


# --- what a tick saw --------------------------------------------------------------------------


def queue(name: str, waiting: int, **changes: object) -> Queue:
    return Queue.model_validate({"id": f"id-{name}", "name": name, "waiting": waiting} | changes)


def snapshot(*things: Thing, queues: Iterable[Queue] = (), **seen: object) -> Snapshot:
    """One tick's view; queues that are not named are empty."""
    known = {"q": queue("q", 0)} | {each.name: each for each in queues}
    supply = [thing for thing in things if isinstance(thing, Supply)]
    return Snapshot.model_validate(
        {
            "now": NOW,
            "queues": known,
            "supply": tuple(_named(each, f"m{i}") for i, each in enumerate(supply, start=1)),
            "controls": tuple(thing for thing in things if isinstance(thing, Control)),
            "breakers": tuple(thing for thing in things if isinstance(thing, Breaker)),
            "unavailable": tuple(thing for thing in things if isinstance(thing, Unavailable)),
            "ended": tuple(thing for thing in things if isinstance(thing, Instance)),
            "spend": tuple(thing for thing in things if isinstance(thing, Spend)),
        }
        | seen
    )


def _named(supply: Supply, name: str) -> Supply:
    if supply.instance.key != NEXT:
        return supply
    named = supply.instance.model_copy(update={"key": name})
    return replace(supply, instance=named)


def instance(name: str = "a", /, **changes: object) -> Instance:
    """A row that is UP since an hour."""
    autoscaler, _, short = full(name).partition("/")
    row = {
        "key": NEXT,
        "autoscaler": autoscaler,
        "resource": short,
        "compute": "cloud",
        "launch": "L1",
        "index": 0,
        "phase": Phase.UP,
        "reason": "because",
        "moved_at": ago(60),
        "requested_at": ago(62),
        "config_hash": CONFIG,
    }
    return Instance.model_validate(row | changes)


def idle(name: str = "a", for_minutes: float = 1, *, slots: int = 1, **changes: object) -> Supply:
    """An UP machine without a task since so many minutes."""
    since = {"registered_at": ago(60), "idle_since": ago(for_minutes), "slots": slots}
    return Supply(instance=instance(name, **(since | changes)), idle=slots)


def busy(name: str = "a", count: int = 1, *, slots: int = 1, **changes: object) -> Supply:
    """An UP machine with `count` tasks on its slots."""
    row = instance(name, **({"registered_at": ago(60), "slots": slots} | changes))
    return Supply(instance=row, busy=count, idle=slots - count)


def silent(name: str = "a", for_minutes: float = 1, **changes: object) -> Supply:
    """An UP machine none of whose workers ClearML has known for so many minutes."""
    since = {"registered_at": ago(60), "silent_since": ago(for_minutes)}
    return Supply(instance=instance(name, **(since | changes)))


def booting(name: str = "a", left: float = 20, *, slots: int = 1, **changes: object) -> Supply:
    """A machine without a worker, with so many minutes left to register."""
    times = {
        "launched_at": ago(30 - left),
        "boot_deadline": NOW + minutes(left),
        "next_check": NOW + minutes(left),
        "slots": slots,
    }
    row = instance(name, phase=Phase.BOOTING, **(times | changes))
    return Supply(instance=row, coming=slots if left > 0 else 0)


def requested(name: str = "a", *, slots: int = 1, **changes: object) -> Supply:
    row = instance(name, phase=Phase.REQUESTED, slots=slots, **changes)
    return Supply(instance=row, coming=slots)


def draining(name: str = "a", **changes: object) -> Supply:
    reason = {"reason": "idle for 20 min", "drain_reason": "idle for 20 min"}
    return Supply(instance=instance(name, phase=Phase.DRAINING, **(reason | changes)))


def ended(name: str = "a", *, lived: float, ago: float = 1, **changes: object) -> Instance:
    """A row of a machine that lived for so many minutes and is gone since so many."""
    times = {"launched_at": NOW - minutes(lived + ago), "gone_at": NOW - minutes(ago)}
    return instance(name, phase=Phase.GONE, **(times | changes))


def spend(key: str = "*", *, day: float = 0.0, month: float = 0.0) -> Spend:
    """What machines that are forgotten cost in the day and month of NOW, in UTC."""
    until = {"day_until": NOW + minutes(12 * 60), "month_until": NOW + timedelta(days=30.5)}
    return Spend.model_validate({"key": key, "day": day, "month": month} | until)


def paused(key: str = "*", *, out: bool = False, into: bool = False, why: str = "") -> Control:
    """Scale-out (`out`) or scale-in (`into`) switched off by ann."""
    return Control(key=key, scale_out=not out, scale_in=not into, reason=why, by="ann", at=ago(30))


def breaker(name: str = "a", failures: int = 3, *, open_for: float = 5) -> Breaker:
    """Boots that failed in a row; closed to launches for so many minutes more."""
    until = NOW + minutes(open_for)
    return Breaker(key=full(name), failures=failures, open_until=until, reason="no worker came")


def unavailable(
    name: str = "a", offering: str = "cpu:on-demand", *, left: float = 3, since: float = 0
) -> Unavailable:
    """It said no first `since` minutes ago."""
    return Unavailable(
        key=f"{full(name)}:{offering}",
        until=NOW + minutes(left),
        since=NOW - minutes(since),
        count=1,
        code="NoCapacity",
    )


# --- what machines, workers and launches look like ---------------------------------------------


def machine(instance_id: str = "i-1", **changes: object) -> Machine:
    """A living machine: the first that attempt 1 of launch L1 asked for."""
    listed = {
        "instance_id": instance_id,
        "state": "living",
        "autoscaler": "lab",
        "resource": "a",
        "launch": "L1",
        "attempt": 1,
        "position": 0,
        "worker": f"lab:{instance_id}",
    } | changes
    born = token("test", str(listed["launch"]), int(str(listed["attempt"])))
    return Machine.model_validate({"token": born} | listed)


def worker(id: str = "lab:i-1", task: str = "") -> Worker:
    return Worker(id=id, task=task)


def launch(**changes: object) -> Launch:
    """An open order for two machines of a, of which nothing was asked yet."""
    row = {
        "key": "L1",
        "autoscaler": "lab",
        "resource": "a",
        "compute": "cloud",
        "queue": "q",
        "queue_ids": ("id-q",),
        "count": 2,
        "slots": 1,
        "requested_at": ago(1),
        "deadline": NOW + minutes(14),
        "reason": "2 tasks waiting in q",
    }
    return Launch.model_validate(row | changes)


# --- what was decided --------------------------------------------------------------------------


def launches(plan: Plan) -> dict[str, int]:
    """Machines started per resource."""
    counts: dict[str, int] = {}
    for each in plan.launches:
        name = each.resource.removeprefix("lab/")
        counts[name] = counts.get(name, 0) + each.count
    return counts


def drains(plan: Plan) -> list[str]:
    """The machines let go, in order."""
    return [each.instance for each in plan.drains]


def why_not(plan: Plan) -> list[Cause]:
    """What kept the plan from doing more; what says that nothing was wanted is left out."""
    return [each.cause for each in plan.did_not if each.cause != Cause.NO_DEMAND]


def verdict(plan: Plan, cause: Cause) -> Verdict:
    """The one verdict with this cause."""
    (found,) = [each for each in plan.did_not if each.cause == cause]
    return found


def full(name: str) -> str:
    return name if "/" in name else f"lab/{name}"
