"""What keeps machines from being started, although tasks wait."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment, Offering
from autoscaler.core.plan import decide
from tests.core.make import (
    NOW,
    Thing,
    booting,
    breaker,
    busy,
    draining,
    fleet,
    idle,
    launches,
    minutes,
    paused,
    queue,
    requested,
    resource,
    snapshot,
    unavailable,
    verdict,
    why_not,
)

A, B, OPS = resource("a"), resource("b"), resource("ops/c")
TASKS = [queue("q", 4)]
BOTH = (Offering(type="cpu"), Offering(type="gpu"))


@pytest.mark.parametrize(
    ("deployment", "living", "started", "causes"),
    [
        pytest.param(
            fleet(resource(max_instances=3)),
            [busy()],
            {"a": 2},
            [Cause.RESOURCE_MAX],
            id="a resource's maximum counts what lives",
        ),
        pytest.param(
            fleet(resource(max_instances=3)),
            [busy(), requested(), draining()],
            {},
            [Cause.RESOURCE_MAX],
            id="whatever its phase: a machine on its way out still counts",
        ),
        pytest.param(
            fleet(resource(max_instances=1)),
            [busy(), busy()],
            {},
            [Cause.RESOURCE_MAX],
            id="adopted machines may be too many: then nothing is launched until they are fewer",
        ),
        pytest.param(
            fleet(A, B, lab=3),
            [busy("b")],
            {"a": 2},
            [Cause.AUTOSCALER_MAX, Cause.AUTOSCALER_MAX],
            id="an autoscaler's maximum counts all of its resources",
        ),
        pytest.param(
            fleet(A, OPS, lab=3),
            [],
            {"a": 3, "ops/c": 1},
            [Cause.AUTOSCALER_MAX],
            id="and leaves the rest to the next autoscaler",
        ),
        pytest.param(
            fleet(A, OPS, most=3),
            [busy("ops/c")],
            {"a": 2},
            [Cause.DEPLOYMENT_MAX, Cause.DEPLOYMENT_MAX],
            id="a deployment's maximum counts all of its autoscalers",
        ),
        pytest.param(
            fleet(A, most=2),
            [busy("ops/removed")],
            {"a": 1},
            [Cause.DEPLOYMENT_MAX],
            id="machines that left the configuration count as well",
        ),
        pytest.param(
            fleet(resource(min_instances=5), lab=2),
            [],
            {"a": 2},
            [Cause.AUTOSCALER_MAX, Cause.AUTOSCALER_MAX],
            id="a minimum never breaks a maximum",
        ),
        pytest.param(
            fleet(resource(max_instances=4), lab=9, most=9),
            [],
            {"a": 4},
            [],
            id="just enough room is no shortage",
        ),
    ],
)
def test_maximums(
    deployment: Deployment,
    living: Sequence[Thing],
    started: dict[str, int],
    causes: Sequence[Cause],
) -> None:
    plan = decide(deployment, snapshot(*living, queues=TASKS))
    assert launches(plan) == started
    assert [c for c in why_not(plan) if c.endswith("-max")] == causes


def test_the_narrowest_limit_is_named() -> None:
    deployment = fleet(resource(max_instances=3), lab=2, most=1)
    plan = decide(deployment, snapshot(queues=TASKS))
    told = verdict(plan, Cause.DEPLOYMENT_MAX)
    assert (told.queue, told.resource, told.count) == ("q", "a", 3)
    assert (
        told.reason == "1 of 4 wanted starts; deployment test may have at most 1 (max_instances)"
    )


@pytest.mark.parametrize(
    ("most", "living", "reason"),
    [
        pytest.param(1, [], "1 of 4 wanted starts; lab/a may have at most 1", id="one starts"),
        pytest.param(3, [busy()], "2 of 4 wanted start; lab/a may have at most 3", id="some do"),
        pytest.param(1, [busy()], "lab/a is at 1 of max_instances 1", id="none can"),
        pytest.param(1, [busy(), busy()], "lab/a is at 2 of max_instances 1", id="too many"),
    ],
)
def test_a_maximum_says_how_many_it_still_lets_start(
    most: int, living: Sequence[Thing], reason: str
) -> None:
    plan = decide(fleet(resource(max_instances=most)), snapshot(*living, queues=TASKS))
    told = verdict(plan, Cause.RESOURCE_MAX).reason
    assert told.removesuffix(" (max_instances)") == reason


@pytest.mark.parametrize(
    ("things", "started", "causes"),
    [
        pytest.param([paused(out=True)], {}, [Cause.SCALE_OUT_PAUSED] * 2, id="paused everywhere"),
        pytest.param(
            [paused("lab", out=True)],
            {"ops/c": 4},
            [Cause.SCALE_OUT_PAUSED],
            id="paused for one autoscaler: another one serves the queue",
        ),
        pytest.param([paused("other", out=True)], {"a": 4}, [], id="paused for a third one"),
        pytest.param([paused(into=True)], {"a": 4}, [], id="only scale-in is paused"),
        pytest.param(
            [breaker(open_for=5)],
            {"ops/c": 4},
            [Cause.BREAKER_OPEN],
            id="a resource whose boots fail is left out",
        ),
        pytest.param([breaker(failures=2)], {"a": 4}, [], id="two failures do not trip it"),
        pytest.param(
            [breaker(open_for=0)],
            {"a": 1, "ops/c": 3},
            [Cause.BREAKER_OPEN],
            id="when its pause is over, one machine is tried, and no more",
        ),
        pytest.param(
            [breaker(open_for=0), booting()],
            {"ops/c": 3},
            [Cause.BREAKER_OPEN],
            id="while that one boots, none is added",
        ),
        pytest.param(
            [breaker(open_for=0), booting(reclaim_at=NOW + minutes(1))],
            {"a": 1, "ops/c": 3},
            [Cause.BREAKER_OPEN],
            id="one that its cloud takes back is no trial",
        ),
        pytest.param(
            [breaker(open_for=0), busy()],
            {"a": 1, "ops/c": 3},
            [Cause.BREAKER_OPEN],
            id="a machine that works is not a trial",
        ),
        pytest.param(
            [unavailable("a")],
            {"ops/c": 4},
            [Cause.OFFERINGS_UNAVAILABLE],
            id="no offering of a resource can be had: the next resource serves the queue",
        ),
        pytest.param(
            [unavailable("a", left=0)], {"a": 4}, [], id="an offering is asked again in time"
        ),
        pytest.param(
            [unavailable("ops/c")], {"a": 4}, [], id="another resource's refusal means nothing"
        ),
    ],
)
def test_halts(things: Sequence[Thing], started: dict[str, int], causes: Sequence[Cause]) -> None:
    plan = decide(fleet(A, OPS), snapshot(*things, queues=TASKS))
    assert launches(plan) == started
    assert [c for c in why_not(plan) if c not in (Cause.BOOTING, Cause.BUSY)] == causes


@pytest.mark.parametrize(
    ("things", "started"),
    [
        pytest.param([unavailable()], 4, id="one offering is left: it is asked"),
        pytest.param(
            [unavailable(left=9), unavailable(offering="gpu:on-demand", left=3)],
            0,
            id="none is left",
        ),
    ],
)
def test_a_resource_is_out_only_when_every_offering_is(
    things: Sequence[Thing], started: int
) -> None:
    deployment = fleet(resource(offerings=BOTH))
    plan = decide(deployment, snapshot(*things, queues=TASKS))
    assert sum(launches(plan).values()) == started
    if not started:
        told = verdict(plan, Cause.OFFERINGS_UNAVAILABLE).reason
        assert told == "no offering can be had (NoCapacity); asked again in 3 min"


def test_the_minimum_of_a_failing_resource_is_tried_with_one_machine() -> None:
    deployment = fleet(resource(min_instances=3))
    plan = decide(deployment, snapshot(breaker(open_for=0), queues=TASKS))
    assert launches(plan) == {"a": 1}
    told = [each.reason for each in plan.did_not if each.cause == Cause.BREAKER_OPEN]
    assert told == ["the last 3 boots failed (no worker came); one is tried first"] * 2


@pytest.mark.parametrize(
    ("until", "started"),
    [
        pytest.param(NOW + minutes(2), 0, id="nothing is created while the table is recovered"),
        pytest.param(NOW, 4, id="when the margin is over, it goes on"),
    ],
)
def test_recovery(until: datetime, started: int) -> None:
    plan = decide(fleet(A), snapshot(queues=TASKS, recover_until=until))
    assert sum(launches(plan).values()) == started


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param(False, id="a server that does not answer"),
        pytest.param(True, id="a server that refuses our credentials"),
    ],
)
def test_blind_it_neither_starts_nor_stops_anything(refused: bool) -> None:
    seen = snapshot(
        idle(for_minutes=99),
        queues=TASKS,
        clearml_problem="queues.get_all answered 502",
        credentials_refused=refused,
        unreadable={"cloud": "timed out"},
    )
    plan = decide(fleet(resource(min_instances=3), OPS), seen)
    assert (plan.launches, plan.drains) == ((), ())
    blind = Cause.CREDENTIALS_REFUSED if refused else Cause.CLEARML_UNREADABLE
    assert why_not(plan) == [blind, blind, Cause.MACHINES_UNREADABLE]
    assert [each.autoscaler for each in plan.did_not] == ["lab", "ops", ""]


def test_an_unreadable_compute_keeps_its_machines_and_still_serves_the_tasks() -> None:
    seen = snapshot(idle(for_minutes=99), idle("b", 99, compute="other"), queues=[queue("q", 0)])
    seen = seen.model_copy(update={"unreadable": {"cloud": "timed out"}})
    plan = decide(fleet(A, resource("b", compute="other")), seen)
    assert [each.instance for each in plan.drains] == ["m2"]
    assert why_not(plan) == [Cause.MACHINES_UNREADABLE]
    busy_queue = seen.model_copy(update={"queues": {"q": queue("q", 3)}})
    assert launches(decide(fleet(A, B), busy_queue)) == {"a": 1}
