"""Which machines are let go, in which order, and why the others stay."""

from collections.abc import Sequence

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment
from autoscaler.core.plan import decide
from autoscaler.core.seen import Supply
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
    launches,
    minutes,
    paused,
    queue,
    requested,
    resource,
    silent,
    snapshot,
    verdict,
    why_not,
)

A = fleet(resource("a"))


@pytest.mark.parametrize(
    ("machine", "outcome"),
    [
        pytest.param(idle(for_minutes=14.9), Cause.NOT_IDLE_LONG_ENOUGH, id="idle, not for long"),
        pytest.param(idle(for_minutes=15), "goes: idle", id="idle for as long as it may"),
        pytest.param(busy(idle_since=ago(99)), Cause.BUSY, id="busy"),
        pytest.param(busy(count=1, slots=4), Cause.BUSY, id="busy on one slot of four"),
        pytest.param(requested(), Cause.BOOTING, id="requested"),
        pytest.param(booting(left=1), Cause.BOOTING, id="booting"),
        pytest.param(booting(left=0), "goes: never-registered", id="booting for too long"),
        pytest.param(
            requested(boot_deadline=ago(1)), Cause.BOOTING, id="a request has no boot deadline"
        ),
        pytest.param(silent(for_minutes=29), Cause.WORKER_SILENT, id="its worker is silent"),
        pytest.param(
            silent(for_minutes=29, idle_since=ago(99)),
            Cause.WORKER_SILENT,
            id="its worker is silent, it was idle before: nobody knows what it does now",
        ),
        pytest.param(
            silent(for_minutes=30), "goes: worker-vanished", id="its worker is silent for too long"
        ),
        pytest.param(
            busy(silent_since=ago(99)), Cause.BUSY, id="a task was seen on it: silent or not"
        ),
        pytest.param(idle(for_minutes=99, protected=True), Cause.PROTECTED, id="protected"),
        pytest.param(
            booting(left=0, protected=True), Cause.PROTECTED, id="protected though it failed"
        ),
        pytest.param(draining(), Cause.DRAINING, id="on its way out already"),
        pytest.param(draining(protected=True), Cause.DRAINING, id="even when it is protected"),
        pytest.param(idle(config_hash="older"), "goes: drifted", id="drifted, as soon as idle"),
        pytest.param(busy(config_hash="older"), Cause.BUSY, id="drifted, but busy"),
        pytest.param(booting(config_hash="older"), Cause.BOOTING, id="drifted, but it boots"),
        pytest.param(idle(reclaim_at=NOW), "goes: reclaimed", id="its cloud takes it back"),
        pytest.param(busy(reclaim_at=NOW), Cause.BUSY, id="taken back, but busy until then"),
        pytest.param(
            busy(count=1, slots=2, reclaim_at=NOW), Cause.BUSY, id="taken back, one slot busy"
        ),
        pytest.param(booting(reclaim_at=NOW), Cause.BOOTING, id="taken back, but it boots"),
        pytest.param(
            idle(reclaim_at=ago(15)),
            Cause.NOT_IDLE_LONG_ENOUGH,
            id="it outlived its notice for long: the notice was wrong",
        ),
        pytest.param(
            idle(reclaim_at=NOW, protected=True), Cause.PROTECTED, id="taken back, but protected"
        ),
        pytest.param(
            idle(config_hash=""), Cause.NOT_IDLE_LONG_ENOUGH, id="adopted: drift is not known"
        ),
        pytest.param(idle("b"), "goes: resource-removed", id="its resource was removed"),
        pytest.param(busy("b"), Cause.BUSY, id="its resource was removed, but it is busy"),
        pytest.param(
            idle(dismissed="drained by ann"), "goes: dismissed", id="a person wants it gone"
        ),
        pytest.param(
            idle(dismissed="drained by ann", protected=True),
            Cause.PROTECTED,
            id="a person wants it gone, and protected it since",
        ),
        pytest.param(busy(dismissed="drained by ann"), Cause.BUSY, id="dismissed, but busy"),
        pytest.param(booting(dismissed="drained by ann"), Cause.BOOTING, id="dismissed, boots"),
        pytest.param(
            silent("b", 0),
            "goes: worker-vanished",
            id="its resource was removed, and it is silent",
        ),
    ],
)
def test_a_machine_goes_or_stays(machine: Supply, outcome: Cause | str) -> None:
    plan = decide(A, snapshot(machine))
    gone = [f"goes: {each.cause}" for each in plan.drains]
    assert gone + why_not(plan) == [outcome]


@pytest.mark.parametrize(
    ("wish", "machine", "outcome"),
    [
        pytest.param("leave", idle("ops/b", 99), Cause.LEFT_ALONE, id="leave: idle"),
        pytest.param("leave", busy("ops/b"), Cause.LEFT_ALONE, id="leave: busy"),
        pytest.param("leave", booting("ops/b", 0), Cause.LEFT_ALONE, id="leave: a failed boot"),
        pytest.param("leave", draining("ops/b"), Cause.DRAINING, id="leave: on its way out"),
        pytest.param("idle", idle("ops/b"), "goes: resource-removed", id="idle: idle"),
        pytest.param("idle", busy("ops/b"), Cause.BUSY, id="idle: busy"),
        pytest.param("idle", booting("ops/b"), Cause.BOOTING, id="idle: booting"),
        pytest.param("all", idle("ops/b"), "goes: resource-removed", id="all: idle"),
        pytest.param("all", busy("ops/b"), "requeues: removed-requeue", id="all: busy"),
        pytest.param("all", booting("ops/b"), "goes: resource-removed", id="all: booting"),
        pytest.param("all", requested("ops/b"), Cause.BOOTING, id="all: only ordered"),
        pytest.param("all", busy("ops/b", protected=True), Cause.PROTECTED, id="all: protected"),
        pytest.param("all", busy("b"), Cause.BUSY, id="all, but only its resource was removed"),
        pytest.param("all", busy("a"), Cause.BUSY, id="all, but its autoscaler is still there"),
        pytest.param("leave", idle("b"), "goes: resource-removed", id="leave, but it is there"),
    ],
)
def test_a_removed_autoscaler_s_machine_goes_as_it_was_wished(
    wish: str, machine: Supply, outcome: Cause | str
) -> None:
    plan = decide(A, snapshot(machine, on_shutdown={"lab": wish, "ops": wish}))
    gone = [f"{'requeues' if each.requeue else 'goes'}: {each.cause}" for each in plan.drains]
    assert gone + why_not(plan) == [outcome]


@pytest.mark.parametrize(
    ("machines", "order"),
    [
        pytest.param(
            [idle(for_minutes=20), idle(for_minutes=40), idle(for_minutes=30)],
            ["m2", "m3", "m1"],
            id="the longest idle first",
        ),
        pytest.param(
            [idle(for_minutes=90), idle(for_minutes=20, hourly_price=3.0)],
            ["m2", "m1"],
            id="before that, the most expensive",
        ),
        pytest.param(
            [idle(for_minutes=90, hourly_price=3.0), idle(config_hash="older")],
            ["m2", "m1"],
            id="before that, the drifted",
        ),
        pytest.param(
            [idle(config_hash="older"), booting(left=0)],
            ["m2", "m1"],
            id="before that, the one that never registered",
        ),
    ],
)
def test_order(machines: Sequence[Supply], order: Sequence[str]) -> None:
    assert drains(decide(A, snapshot(*machines))) == order


TEN = [idle(for_minutes=60 - minute) for minute in range(10)]


@pytest.mark.parametrize(
    ("deployment", "machines", "waiting", "gone"),
    [
        pytest.param(
            A,
            TEN,
            1,
            [f"m{i}" for i in range(1, 10)],
            id="ClearML keeps 10 idle machines for one waiting task (B5); we keep one",
        ),
        pytest.param(A, TEN[:3], 3, [], id="three tasks keep three machines"),
        pytest.param(A, TEN[:3], 9, [], id="more tasks than machines keep them all"),
        pytest.param(
            fleet(resource("a", slots=4)),
            [idle(for_minutes=40, slots=4), idle(for_minutes=30, slots=4)],
            4,
            ["m1"],
            id="four tasks keep one machine of four slots",
        ),
        pytest.param(
            fleet(resource("a", slots=4)),
            [idle(for_minutes=40, slots=4), idle(for_minutes=30, slots=4)],
            5,
            [],
            id="the fifth keeps the other one",
        ),
        pytest.param(
            fleet(resource("a", slots=4)),
            [idle(for_minutes=40, slots=4), busy(count=3, slots=4)],
            1,
            ["m1"],
            id="the free slot of a busy machine lets the idle one go",
        ),
        pytest.param(
            fleet(resource("a", slots=4)),
            [idle(for_minutes=40, slots=2), idle(for_minutes=30, slots=2)],
            4,
            [],
            id="only workers that are there count, not the slots that it should have",
        ),
        pytest.param(
            A,
            [idle(for_minutes=40), idle(for_minutes=30, protected=True)],
            1,
            ["m1"],
            id="a machine that stays anyway serves the task",
        ),
        pytest.param(
            A,
            [idle(for_minutes=40), idle(for_minutes=2)],
            1,
            ["m1"],
            id="one that was idle for a short time serves it, too",
        ),
        pytest.param(
            A,
            [idle(for_minutes=40), silent(for_minutes=2, idle_since=ago(99))],
            0,
            ["m1"],
            id="a silent machine neither serves a task nor holds an idle one back",
        ),
        pytest.param(
            A,
            [idle(config_hash="older")],
            1,
            ["m1"],
            id="a drifted one is not kept: a task might wait for it for ever",
        ),
    ],
)
def test_waiting_tasks_keep_only_as_many_as_they_need(
    deployment: Deployment, machines: Sequence[Supply], waiting: int, gone: Sequence[str]
) -> None:
    plan = decide(deployment, snapshot(*machines, queues=[queue("q", waiting)]))
    assert drains(plan) == gone


TWO = fleet(resource("a", min_instances=2))


@pytest.mark.parametrize(
    ("machines", "gone"),
    [
        pytest.param(TEN[:3], ["m1"], id="no further than the minimum"),
        pytest.param([idle(for_minutes=30), busy(), booting()], ["m1"], id="whoever stays counts"),
        pytest.param([idle(for_minutes=30), busy(), draining()], [], id="whoever leaves does not"),
        pytest.param(
            [idle(config_hash="older"), idle(config_hash="older")],
            ["m1", "m2"],
            id="the drifted are replaced all the same",
        ),
        pytest.param(
            [booting(left=0), idle(for_minutes=30), idle(for_minutes=30)],
            ["m1"],
            id="one that failed goes, and the others fill its place",
        ),
    ],
)
def test_a_minimum_is_kept(machines: Sequence[Supply], gone: Sequence[str]) -> None:
    plan = decide(TWO, snapshot(*machines))
    assert drains(plan) == gone


@pytest.mark.parametrize(
    ("pause", "gone"),
    [
        pytest.param(paused(into=True), [], id="everywhere"),
        pytest.param(paused("lab", into=True), ["m2"], id="for one autoscaler"),
        pytest.param(paused(out=True), ["m1", "m2"], id="scale-out only: machines still go"),
    ],
)
def test_scale_in_paused(pause: Thing, gone: Sequence[str]) -> None:
    deployment = fleet(resource("a"), resource("ops/a"))
    machines = [idle(for_minutes=30), idle("ops/a", 20)]
    assert drains(decide(deployment, snapshot(pause, *machines))) == gone


def test_machines_that_are_gone_are_no_ones_business() -> None:
    ended = Supply(instance=idle().instance.model_copy(update={"phase": "GONE"}))
    plan = decide(fleet(resource("a", max_instances=1)), snapshot(ended, queues=[queue("q", 1)]))
    assert (launches(plan), drains(plan), why_not(plan)) == ({"a": 1}, [], [])


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        pytest.param(idle(for_minutes=20), "idle for 20 min, limit 15 min", id="idle"),
        pytest.param(booting(left=0), "no worker registered within 30 min", id="never registered"),
        pytest.param(
            booting(left=0, launched_at=None, requested_at=ago(31)),
            "no worker registered within 31 min",
            id="never registered, and nobody knows when it was launched",
        ),
        pytest.param(
            silent(for_minutes=31),
            "its worker has been unknown to ClearML for 31 min",
            id="vanished",
        ),
        pytest.param(
            idle(config_hash="older"),
            "the configuration changed since it was launched",
            id="drifted",
        ),
        pytest.param(idle("b"), "resource lab/b is no longer in the configuration", id="removed"),
    ],
)
def test_a_drain_says_why(machine: Supply, reason: str) -> None:
    (drain,) = decide(A, snapshot(machine)).drains
    assert drain.reason == reason


@pytest.mark.parametrize(
    ("machine", "cause", "reason"),
    [
        pytest.param(
            booting(left=20), Cause.BOOTING, "its worker is awaited until 12:20:00", id="booting"
        ),
        pytest.param(requested(), Cause.BOOTING, "its worker is awaited", id="requested"),
        pytest.param(
            idle(idle_since=None),
            Cause.NOT_IDLE_LONG_ENOUGH,
            "idle for 0 s, limit 15 min",
            id="idle, since nobody knows when",
        ),
        pytest.param(
            silent(silent_since=None),
            Cause.WORKER_SILENT,
            "its worker has been unknown to ClearML for 0 s, limit 30 min",
            id="silent, since nobody knows when",
        ),
    ],
)
def test_a_machine_that_stays_says_until_when(machine: Supply, cause: Cause, reason: str) -> None:
    assert verdict(decide(A, snapshot(machine)), cause).reason == reason


def test_a_short_idle_limit_lets_it_go_at_once() -> None:
    deployment = fleet(resource("a", max_idle=minutes(0)))
    assert drains(decide(deployment, snapshot(idle(idle_since=NOW)))) == ["m1"]
