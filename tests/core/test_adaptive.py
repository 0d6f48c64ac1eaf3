"""Policy `adaptive`: as many idle machines stay as were needed lately."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Budget, Deployment, Offering, Resource
from autoscaler.core.ledger import Unavailable
from autoscaler.core.memory import Memory
from autoscaler.core.plan import decide
from autoscaler.core.seen import Queue, Supply
from tests.core.make import (
    NOW,
    Thing,
    ago,
    booting,
    busy,
    draining,
    drains,
    fleet,
    idle,
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


def adaptive(name: str = "a", /, **changes: object) -> Resource:
    return resource(name, **({"policy": "adaptive"} | changes))


A = fleet(adaptive())
TWO_SLOTS = fleet(adaptive(slots=2))


def memory(machines: int, idle: str = "", **changes: object) -> Memory:
    """Of a moment ago; the first nine may be idle for 154 s.

    Each was needed again within 150 s, and a fifth of what breaks even, as no boot is known, is
    the least that covers that.
    """
    known = {"gaps": "150 " * 27, "levels": " ".join(f"{n} {n} {n}" for n in range(1, 10))}
    return Memory.model_validate({"at": NOW, "machines": machines, "idle": idle} | known | changes)


# --- how many machines have work ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("deployment", "things", "queues", "working"),
    [
        pytest.param(A, [], [], 0, id="none"),
        pytest.param(A, [busy(), busy(), idle()], [], 2, id="those that are busy"),
        pytest.param(A, [idle(), idle()], [queue("q", 1)], 1, id="one that a task will take"),
        pytest.param(A, [booting()], [queue("q", 1)], 1, id="one that a task waits for"),
        pytest.param(A, [booting()], [], 0, id="one that nothing waits for any more"),
        pytest.param(A, [], [queue("q", 3)], 3, id="those that this tick orders"),
        pytest.param(A, [], [queue("q", 99)], 10, id="no more than there may be"),
        pytest.param(A, [draining(), busy("b")], [], 0, id="none that leaves, none of others"),
        pytest.param(A, [busy(config_hash="older")], [], 1, id="one that is out of date"),
        pytest.param(TWO_SLOTS, [busy(slots=2), busy(slots=2)], [], 2, id="half busy"),
        pytest.param(
            TWO_SLOTS, [busy(slots=2)], [queue("q", 1)], 1, id="a task that fits beside another"
        ),
        pytest.param(TWO_SLOTS, [busy(slots=2)], [queue("q", 2)], 2, id="and one that does not"),
    ],
)
def test_machines_with_work(
    deployment: Deployment, things: Sequence[Thing], queues: Sequence[Queue], working: int
) -> None:
    plan = decide(deployment, snapshot(*things, queues=queues))
    assert plan.learned["lab/a"].machines == working


def test_two_resources_share_the_tasks_of_their_queue_in_order() -> None:
    both = fleet(adaptive("a", max_instances=2), adaptive("b"), resource("c"))
    plan = decide(both, snapshot(queues=[queue("q", 3)]))
    assert {key: now.machines for key, now in plan.learned.items()} == {"lab/a": 2, "lab/b": 1}


def test_only_what_is_news_is_learned() -> None:
    seen = snapshot(busy(), idle())
    first = decide(A, seen).learned
    assert first["lab/a"].idle == "60"
    again = seen.model_copy(update={"memories": first, "now": NOW + minutes(1)})
    assert decide(A, again).learned == {}
    assert decide(fleet(resource()), seen).learned == {}


def test_a_boot_is_learned_when_its_worker_registers() -> None:
    up = idle(launched_at=ago(4), registered_at=ago(1), idle_since=ago(1))
    learned = decide(A, snapshot(up, booting(), requested(), idle(registered_at=None))).learned
    assert (learned["lab/a"].boots, learned["lab/a"].booted) == ("180", ago(1))


def test_nothing_is_learned_while_clearml_cannot_be_read() -> None:
    assert decide(A, snapshot(idle(), clearml_problem="timed out")).learned == {}


# --- who stays -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("machines", "known", "gone"),
    [
        pytest.param([idle(for_minutes=0.4)], None, [], id="nothing known: idle for less"),
        pytest.param([idle(for_minutes=0.5)], None, ["m1"], id="nothing known: for half a minute"),
        pytest.param([idle(for_minutes=9)], memory(0, "153"), [], id="one was needed lately"),
        pytest.param([idle(for_minutes=1)], memory(0, "154"), ["m1"], id="none was"),
        pytest.param([idle(for_minutes=15)], memory(0, "10"), ["m1"], id="longer than max_idle"),
        pytest.param(
            [idle(for_minutes=1), idle(for_minutes=2), idle(for_minutes=0)],
            memory(0, "500 150 20"),
            ["m2"],
            id="two of three were: who is idle for longest goes",
        ),
        pytest.param(
            [idle(), idle(hourly_price=3.0), idle()],
            memory(0, "500*2 20"),
            ["m2", "m1"],
            id="one of three was: the dearest goes, then the other",
        ),
        pytest.param([idle(), busy(), busy()], memory(2, "500"), ["m1"], id="two work, and do"),
        pytest.param([idle(), busy()], memory(2, "500"), [], id="one ended just now"),
        pytest.param([idle()], memory(0, ""), ["m1"], id="it was never needed"),
        pytest.param(
            [idle("b", 2)], memory(0, "20"), ["m1"], id="its resource is no longer there"
        ),
        pytest.param(
            [idle(config_hash="older"), idle()],
            memory(0, "20"),
            ["m1"],
            id="one is out of date: the other is the one that was needed",
        ),
        pytest.param(
            [idle(protected=True), idle()],
            memory(0, "20"),
            ["m2"],
            id="one is protected, and one was needed",
        ),
    ],
)
def test_so_many_stay_as_were_needed_lately(
    machines: Sequence[Supply], known: Memory | None, gone: list[str]
) -> None:
    seen = snapshot(*machines, memories={"lab/a": known} if known else {})
    assert drains(decide(A, seen)) == gone


@pytest.mark.parametrize(
    ("machines", "waiting", "gone"),
    [
        pytest.param([idle(), idle()], 1, ["m1"], id="one for the task, none was needed else"),
        pytest.param([idle(), idle()], 2, [], id="one for each task"),
    ],
)
def test_who_is_about_to_get_a_task_is_not_counted(
    machines: Sequence[Supply], waiting: int, gone: list[str]
) -> None:
    known = memory(waiting, "500")
    seen = snapshot(*machines, queues=[queue("q", waiting)], memories={"lab/a": known})
    assert drains(decide(A, seen)) == gone


@pytest.mark.parametrize(
    ("waiting", "gone"),
    [
        pytest.param(0, ["m1", "m2"], id="none waits"),
        pytest.param(1, ["m1", "m2"], id="one waits: there is a slot beside the busy one"),
        pytest.param(2, ["m1"], id="two wait"),
        pytest.param(3, ["m1"], id="three wait: they fit on one machine more"),
        pytest.param(4, [], id="four wait"),
    ],
)
def test_tasks_that_wait_need_so_many_machines_of_two_slots(waiting: int, gone: list[str]) -> None:
    things = [idle(slots=2), idle(slots=2), busy(slots=2)]
    working = 1 + waiting // 2
    seen = snapshot(
        *things, queues=[queue("q", waiting)], memories={"lab/a": memory(working, "500")}
    )
    assert drains(decide(TWO_SLOTS, seen)) == gone


def test_a_minimum_stays_whatever_was_needed() -> None:
    keeps = fleet(adaptive(min_instances=1))
    plan = decide(keeps, snapshot(idle(), idle(), memories={"lab/a": memory(0)}))
    assert drains(plan) == ["m1"]
    assert Cause.KEPT_FOR_MINIMUM in why_not(plan)


def test_a_machine_that_goes_for_money_is_one_less() -> None:
    dear = fleet(adaptive(), money={"lab": Budget(hour=1.0)})
    machines = [idle(hourly_price=1.0), idle(hourly_price=0.5), idle(hourly_price=0.4)]
    plan = decide(dear, snapshot(*machines, memories={"lab/a": memory(0, "500 20*2")}))
    assert [(each.instance, each.cause) for each in plan.drains] == [("m1", Cause.OVER_BUDGET)]


def test_a_paused_scale_in_keeps_everything() -> None:
    plan = decide(A, snapshot(idle(), paused(into=True), memories={"lab/a": memory(0)}))
    assert drains(plan) == []


SPOT, DEAR = Offering(type="cpu", market="spot"), Offering(type="cpu")


@pytest.mark.parametrize(
    ("market", "offerings", "gone", "why"),
    [
        pytest.param(
            "on-demand", (SPOT, DEAR), ["m1"], "spot machines can be had again", id="it goes"
        ),
        pytest.param("spot", (SPOT, DEAR), [], "had work so lately", id="a spot machine stays"),
        pytest.param("on-demand", (DEAR,), [], "had work so lately", id="so does the only kind"),
    ],
)
def test_a_machine_that_stands_in_for_a_spot_machine_goes_when_one_can_be_had(
    market: str, offerings: tuple[Offering, ...], gone: list[str], why: str
) -> None:
    wanted = fleet(adaptive(offerings=offerings))
    machine = idle(market=market, for_minutes=0.5)
    plan = decide(wanted, snapshot(machine, memories={"lab/a": memory(0, "20")}))
    assert drains(plan) == gone
    assert why in (plan.drains or plan.did_not)[-1].reason


@pytest.mark.parametrize(
    ("for_minutes", "changes", "refused"),
    [
        pytest.param(0.4, {}, [], id="idle for less than half a minute"),
        pytest.param(0.5, {}, [unavailable(offering=SPOT.key)], id="spot says no"),
        pytest.param(0.5, {"spot_share": 0.5}, [], id="half of them are to be on demand"),
    ],
)
def test_until_then_it_stays(
    for_minutes: float, changes: dict[str, object], refused: list[Unavailable]
) -> None:
    wanted = fleet(adaptive(offerings=(SPOT, DEAR), **changes))
    machine = idle(market="on-demand", for_minutes=for_minutes)
    plan = decide(wanted, snapshot(machine, *refused, memories={"lab/a": memory(0, "20")}))
    assert drains(plan) == []


def test_scarce_machines_are_kept_for_longer() -> None:
    refused = unavailable(left=3, since=3)
    seen = snapshot(idle(for_minutes=5), refused, memories={"lab/a": memory(0, "170")})
    assert drains(decide(A, seen)) == []
    usual = snapshot(idle(for_minutes=5), memories={"lab/a": memory(0, "170")})
    assert drains(decide(A, usual)) == ["m1"]


@pytest.mark.parametrize(
    ("machines", "known", "said"),
    [
        pytest.param(
            [idle(for_minutes=2)],
            memory(0, "120"),
            "idle for 2 min; 1 machine more had work so lately that it pays to wait",
            id="it stays",
        ),
        pytest.param(
            [idle(for_minutes=2)],
            memory(0, "180"),
            "idle for 2 min; so many were not needed lately",
            id="it goes",
        ),
        pytest.param(
            [idle(for_minutes=20)], memory(0, "20"), "idle for 20 min, limit 15 min", id="too long"
        ),
    ],
)
def test_the_reason_says_how_many_were_needed(
    machines: Sequence[Supply], known: Memory, said: str
) -> None:
    plan = decide(A, snapshot(*machines, memories={"lab/a": known}))
    assert [each.reason for each in plan.drains] == [said] or (
        verdict(plan, Cause.NOT_IDLE_LONG_ENOUGH).reason == said
    )


def test_winding_down_lets_every_idle_machine_go() -> None:
    nothing = fleet(adaptive(max_idle=timedelta(0)))
    plan = decide(nothing, snapshot(idle(), memories={"lab/a": memory(0, "0")}))
    assert drains(plan) == ["m1"]
