"""How long one decision takes when a deployment is large. docs/benchmarks.md has the figure."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from autoscaler.core.fleet import Autoscaler, Deployment, Offering, Resource
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.plan import decide
from autoscaler.core.seen import Queue, Snapshot, Supply

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
AUTOSCALERS, RESOURCES, MACHINES, TASKS = 5, 50, 1000, 5000


@pytest.mark.slow
@pytest.mark.benchmark(timer=process_time)  # of this process alone, whatever else runs
def test_a_large_deployment_is_decided_in_a_fraction_of_a_second(
    benchmark: BenchmarkFixture,
) -> None:
    deployment, seen = _deployment(), _seen()
    assert len(deployment.resources) == RESOURCES
    assert len(seen.supply) == MACHINES
    assert sum(queue.waiting for queue in seen.queues.values()) == TASKS
    benchmark.pedantic(decide, (deployment, seen), rounds=20, warmup_rounds=2)  # type: ignore[no-untyped-call]
    plan = decide(deployment, seen)
    assert sum(each.count for each in plan.launches) > MACHINES // 10
    assert len(plan.drains) > MACHINES // 50
    assert len(plan.drains) + sum(1 for each in plan.did_not if each.instance) == MACHINES


def _queues_of(number: int) -> tuple[str, ...]:
    """Of ten resources seven serve two queues of their team and a shared one; three are quiet."""
    autoscaler, place = divmod(number, RESOURCES // AUTOSCALERS)
    if place >= 7:
        return (f"quiet-{autoscaler}", f"quiet-{autoscaler}-{place}")
    own = (f"team-{autoscaler}-{place % 4}", f"team-{autoscaler}-{(place + 1) % 4}")
    return (*own, f"shared-{number % 3}")


def _resource(number: int) -> Resource:
    return Resource(
        autoscaler=f"team-{number * AUTOSCALERS // RESOURCES}",
        name=f"r{number}",
        compute="cloud",
        queues=_queues_of(number),
        offerings=tuple(
            Offering(type=kind, zone=zone, market="spot")
            for kind in ("small", "large")
            for zone in ("a", "b", "c")
        ),
        min_instances=number % 2,
        max_instances=60,
        slots=1 + number % 4,
        max_idle=timedelta(minutes=15),
        max_spin_up=timedelta(minutes=30),
        config_hash="as-configured",
    )


def _deployment() -> Deployment:
    resources = [_resource(number) for number in range(RESOURCES)]
    names = dict.fromkeys(resource.autoscaler for resource in resources)
    autoscalers = tuple(
        Autoscaler(
            name=name,
            prefix=name,
            max_instances=500,
            resources=tuple(r for r in resources if r.autoscaler == name),
        )
        for name in names
    )
    return Deployment(name="large", max_instances=2000, autoscalers=autoscalers)


def _supply(number: int) -> Supply:
    """Of ten machines six work, two are idle, one of them for too long, and two boot."""
    at = number % RESOURCES
    slots = 1 + at % 4
    shape = (number // RESOURCES) % 10
    row = Instance(
        key=f"L{number}.0",
        autoscaler=f"team-{at * AUTOSCALERS // RESOURCES}",
        resource=f"r{at}",
        compute="cloud",
        launch=f"L{number}",
        index=0,
        phase=Phase.UP if shape < 8 else Phase.BOOTING,
        reason="because",
        moved_at=NOW - timedelta(hours=1),
        requested_at=NOW - timedelta(hours=1),
        registered_at=NOW - timedelta(minutes=50) if shape < 8 else None,
        idle_since=NOW - timedelta(minutes=5 if shape == 6 else 40) if shape in (6, 7) else None,
        boot_deadline=NOW + timedelta(minutes=number % 20 + 1),
        slots=slots,
        config_hash="as-configured" if number % 97 else "older",
    )
    if shape < 6:
        return Supply(instance=row, busy=slots)
    return Supply(instance=row, idle=slots) if shape < 8 else Supply(instance=row, coming=slots)


def _seen() -> Snapshot:
    """Every queue is crowded but the quiet ones."""
    refs = list(_deployment().queue_refs)
    crowded = [ref for ref in refs if not ref.startswith("quiet")]
    share, rest = divmod(TASKS, len(crowded))
    waiting = dict.fromkeys(refs, 0) | dict.fromkeys(crowded, share)
    waiting[crowded[0]] += rest
    return Snapshot(
        now=NOW,
        queues={
            ref: Queue(id=f"id-{ref}", name=ref, waiting=count, oldest=NOW - timedelta(minutes=9))
            for ref, count in waiting.items()
        },
        supply=tuple(_supply(number) for number in range(MACHINES)),
    )
