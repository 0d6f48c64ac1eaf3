"""What holds of every plan, whatever was seen."""

from collections import Counter
from datetime import timedelta
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoscaler.core.decisions import Cause, Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.money import budgets, scopes
from autoscaler.core.periods import Period, window
from autoscaler.core.plan import decide
from autoscaler.core.purses import ahead, bills, purses
from autoscaler.core.seen import Snapshot
from tests.core.make import NOW, requested
from tests.core.worlds import worlds

pytestmark = pytest.mark.slow

World = tuple[Deployment, Snapshot]
STAYING = (Phase.REQUESTED, Phase.BOOTING, Phase.UP)
MUST_GO = (
    Cause.RECLAIMED,
    Cause.DRIFTED,
    Cause.RESOURCE_REMOVED,
    Cause.REMOVED_REQUEUE,
    Cause.DISMISSED,
    Cause.NEVER_REGISTERED,
    Cause.WORKER_VANISHED,
    Cause.OVER_BUDGET,
    Cause.BUDGET_REQUEUE,
)
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def planned(world: World) -> tuple[Deployment, Snapshot, Plan]:
    deployment, seen = world
    return deployment, seen, decide(deployment, seen)


@many
@given(worlds())
def test_no_plan_passes_a_limit(world: World) -> None:
    deployment, seen, plan = planned(world)
    started = Counter(dict.fromkeys(deployment.by_key, 0))
    for launch in plan.launches:
        started[launch.resource] += launch.count
    live = Counter(supply.instance.resource_key for supply in seen.supply)
    for autoscaler in deployment.autoscalers:
        keys = [resource.key for resource in autoscaler.resources]
        mine = sum(n for key, n in live.items() if key.startswith(f"{autoscaler.name}/"))
        more = sum(started[key] for key in keys)
        limit = autoscaler.max_instances
        assert not more or limit is None or mine + more <= limit
        for resource in autoscaler.resources:
            total = live[resource.key] + started[resource.key]
            assert not started[resource.key] or total <= resource.max_instances
    most = deployment.max_instances
    assert not started.total() or most is None or live.total() + started.total() <= most


@many
@given(worlds(), st.integers(0, 24 * 60))
def test_no_launch_takes_what_is_committed_beyond_a_budget(world: World, minute: int) -> None:
    """Neither of the period that runs, nor of the one after it."""
    deployment, seen = world
    seen = seen.model_copy(update={"now": NOW + timedelta(minutes=minute)})
    plan = decide(deployment, seen)
    new = ordered(deployment, seen, plan)
    rows = [*(each.instance for each in seen.supply), *new]
    charged, all_of_it = (bills(deployment, each, seen.now) for each in (new, rows))
    for purse in purses(deployment, [*rows, *seen.ended], seen.spend, seen.now):
        if purse.limit is None or not any(each.price for each in charged.get(purse.scope, ())):
            continue
        assert purse.used <= purse.limit + 1e-6
        if purse.period != Period.HOUR:
            after = window(purse.period, purse.ends, deployment.timezone)
            assert ahead(all_of_it[purse.scope], after) <= purse.limit + 1e-6


def ordered(deployment: Deployment, seen: Snapshot, plan: Plan) -> list[Instance]:
    """The rows that the plan's launches become."""
    deadline = seen.now + deployment.timing.deadline
    return [
        requested(each.resource, queue=each.queue, next_check=deadline).instance
        for each in plan.launches
        for _ in range(each.count)
    ]


@many
@given(worlds())
def test_no_launch_for_demand_has_a_machine_that_no_task_asked_for(world: World) -> None:
    deployment, seen, plan = planned(world)
    left = {ref: queue.waiting for ref, queue in seen.queues.items()}
    for launch in plan.launches:
        if launch.cause == Cause.DEMAND:
            slots = deployment.by_key[launch.resource].slots
            assert launch.count <= ceil(left[launch.queue] / slots)
            left[launch.queue] -= min(left[launch.queue], launch.count * slots)


@many
@given(worlds())
def test_minimums_start_no_more_than_they_miss(world: World) -> None:
    deployment, seen, plan = planned(world)
    live = Counter(supply.instance.resource_key for supply in seen.supply)
    for launch in plan.launches:
        if launch.cause == Cause.MINIMUM:
            least = deployment.by_key[launch.resource].min_instances
            assert live[launch.resource] + launch.count <= least


@many
@given(worlds())
def test_the_same_snapshot_gives_the_same_plan(world: World) -> None:
    deployment, seen, plan = planned(world)
    assert decide(deployment.model_copy(deep=True), seen.model_copy(deep=True)) == plan


@many
@given(worlds())
def test_nothing_goes_that_is_busy_unless_its_budget_says_so_or_protected_or_not_seen(
    world: World,
) -> None:
    deployment, seen, plan = planned(world)
    supply = {each.instance.key: each for each in seen.supply}
    limited = budgets(deployment)
    for drain in plan.drains:
        each = supply[drain.instance]
        owners = scopes(each.instance.autoscaler, each.instance.queue)
        may = {limited[owner].on_budget for owner in owners if owner in limited}
        assert drain.requeue == bool(each.busy) == (drain.cause == Cause.BUDGET_REQUEUE)
        assert "requeue" in may or not each.busy
        assert not each.instance.protected
        assert each.instance.phase in (Phase.BOOTING, Phase.UP)
        assert each.instance.compute not in seen.unreadable


@many
@given(worlds())
def test_no_minimum_is_undercut_but_by_machines_that_must_go(world: World) -> None:
    deployment, seen, plan = planned(world)
    rows = {supply.instance.key: supply.instance for supply in seen.supply}
    staying = Counter(row.resource_key for row in rows.values() if row.phase in STAYING)
    staying.subtract(rows[each.instance].resource_key for each in plan.drains)
    for drain in plan.drains:
        if drain.cause not in MUST_GO:
            key = rows[drain.instance].resource_key
            assert staying[key] >= deployment.by_key[key].min_instances


@many
@given(worlds())
def test_idle_slots_that_a_waiting_task_needs_stay(world: World) -> None:
    """A queue that asked for more machines has lost none of those that could have served it."""
    deployment, seen, plan = planned(world)
    rows = {supply.instance.key: supply.instance for supply in seen.supply}
    asking = {each.queue for each in plan.launches if each.cause == Cause.DEMAND}
    for drain in plan.drains:
        if drain.cause == Cause.IDLE:
            resource = deployment.by_key[rows[drain.instance].resource_key]
            assert not asking.intersection(resource.queues)


@many
@given(worlds())
def test_every_queue_has_a_word(world: World) -> None:
    deployment, _, plan = planned(world)
    told = {each.queue for each in plan.launches} | {each.queue for each in plan.did_not}
    assert told >= set(deployment.queue_refs)


@many
@given(worlds())
def test_every_machine_goes_or_stays_with_a_reason(world: World) -> None:
    _, seen, plan = planned(world)
    words = Counter(each.instance for each in plan.drains)
    words.update(each.instance for each in plan.did_not if each.instance)
    rows = [supply.instance for supply in seen.supply]
    assert words == Counter(row.key for row in rows if row.compute not in seen.unreadable)
    unread = {each.cause for each in plan.did_not} & {Cause.MACHINES_UNREADABLE}
    assert bool(unread) == bool(seen.unreadable)
    assert all(each.reason for each in plan.drains)
    assert all(each.reason for each in plan.did_not)
