"""Small deployments and snapshots of every shape, for hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st

from autoscaler.core.fleet import Budget, Deployment, Offering, Resource
from autoscaler.core.memory import Memory
from autoscaler.core.seen import PAUSE_TAG, Queue, Snapshot, Supply
from tests.core.make import (
    NOW,
    Thing,
    booting,
    breaker,
    busy,
    draining,
    fleet,
    idle,
    minutes,
    paused,
    queue,
    requested,
    resource,
    silent,
    snapshot,
    unavailable,
)

NAMES = ("lab/a", "lab/b", "ops/a", "ops/b")
QUEUES = ("q", "x", "y")
CONFIGS = ("as-configured", "as-configured", "older", "")
counts = st.integers(0, 3)
spans = st.integers(0, 40)
prices = st.sampled_from((1.0, 1.0, 2.0, 0.0, None))
SCOPES = ("*", "lab", "ops", "queue:q", "queue:x")


@st.composite
def resources(draw: st.DrawFn, name: str) -> Resource:
    least = draw(st.integers(0, 2))
    return resource(
        name,
        queues=tuple(draw(st.lists(st.sampled_from(QUEUES), min_size=1, unique=True))),
        min_instances=least,
        max_instances=draw(st.integers(least, 6)),
        slots=draw(st.integers(1, 3)),
        policy=draw(st.sampled_from(("simple", "adaptive"))),
        max_idle=timedelta(minutes=draw(spans)),
        offerings=tuple(
            Offering(type=f"t{i}", hourly_price=price)
            for i, price in enumerate(draw(st.lists(prices, min_size=1, max_size=2)))
        ),
    )


@st.composite
def budgets(draw: st.DrawFn) -> Budget:
    return Budget(
        hour=draw(st.none() | st.floats(0, 6)),
        day=draw(st.none() | st.floats(0, 6)),
        month=draw(st.none() | st.floats(0, 6)),
        on_budget=draw(st.sampled_from(("finish", "requeue"))),
        allow_unknown_prices=draw(st.booleans()),
    )


@st.composite
def deployments(draw: st.DrawFn) -> Deployment:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    limits = [draw(st.none() | st.integers(0, 8)) for _ in range(3)]
    made = [draw(resources(name)) for name in sorted(names)]
    scopes = [s for s in SCOPES if s not in {"lab", "ops"} or any(n.startswith(s) for n in names)]
    money = draw(st.dictionaries(st.sampled_from(scopes), budgets(), max_size=2))
    return fleet(*made, most=limits[0], lab=limits[1], ops=limits[2], money=money)


@st.composite
def machines(draw: st.DrawFn, deployment: Deployment) -> Supply:
    """Of a resource that is configured, or was; with as many slots as it is configured to have."""
    name = draw(st.sampled_from(NAMES))
    known = deployment.by_key.get(name)
    slots = known.slots if known else draw(st.integers(1, 3))
    row = {
        "protected": draw(st.booleans()) and draw(st.booleans()),
        "config_hash": draw(st.sampled_from(CONFIGS)),
        "hourly_price": draw(st.sampled_from((None, 1.0, 2.0))),
        "compute": draw(st.sampled_from(("cloud", "cloud", "other"))),
        "launched_at": NOW - minutes(draw(st.integers(0, 600))),
        "queue": draw(st.sampled_from(("", *QUEUES))),
        "reclaim_at": draw(st.sampled_from((None, None, NOW, NOW - minutes(20)))),
    }
    match draw(st.sampled_from(("idle", "busy", "booting", "silent", "requested", "draining"))):
        case "idle":
            return idle(name, draw(spans), slots=slots, **row)
        case "busy":
            return busy(name, draw(st.integers(1, slots)), slots=slots, **row)
        case "booting":
            return booting(name, draw(st.integers(-5, 20)), slots=slots, **row)
        case "silent":
            return silent(name, draw(spans), **row)
        case "requested":
            return requested(name, slots=slots, **row)
        case _:
            return draining(name, **row)


@st.composite
def queues(draw: st.DrawFn, name: str) -> Queue:
    tags = (PAUSE_TAG,) if draw(st.integers(0, 9)) == 0 else ()
    return queue(name, draw(st.integers(0, 9)), tags=tags)


def memories() -> st.SearchStrategy[Memory]:
    seconds = st.lists(st.integers(0, 3000), max_size=40).map(lambda s: " ".join(map(str, s)))
    return st.builds(
        lambda machines, idle, gaps, boots: Memory(
            at=NOW - minutes(1), machines=machines, idle=idle, gaps=gaps, boots=boots
        ),
        st.integers(0, 9),
        seconds,
        seconds,
        seconds,
    )


def switches() -> st.SearchStrategy[Thing]:
    keys = st.sampled_from(("*", "lab", "ops"))
    names = st.sampled_from(NAMES)
    return st.one_of(
        st.builds(lambda key, out: paused(key, out=out, into=not out), keys, st.booleans()),
        st.builds(lambda n, f, left: breaker(n, f, open_for=left), names, counts, counts),
        st.builds(lambda name, left: unavailable(name, left=left), names, counts),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Deployment, Snapshot]:
    deployment = draw(deployments())
    supply = draw(st.lists(machines(deployment), max_size=8))
    things = draw(st.lists(switches(), max_size=2))
    seen = snapshot(
        *supply,
        *things,
        unreadable={"other": "timed out"} if draw(st.integers(0, 4)) == 0 else {},
        recover_until=NOW + minutes(2) if draw(st.integers(0, 9)) == 0 else None,
        memories=draw(st.dictionaries(st.sampled_from(NAMES), memories())),
    )
    known = draw(st.lists(st.sampled_from(QUEUES), unique=True))
    return deployment, seen.model_copy(
        update={"queues": {name: draw(queues(name)) for name in known}}
    )
