"""Each cause once: what brings it about, what a person is told, and what the person can do."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from autoscaler.core.decisions import Cause, Plan
from autoscaler.core.fleet import Budget, Deployment
from autoscaler.core.plan import decide
from autoscaler.core.seen import PAUSE_TAG, Snapshot
from tests.core.make import (
    NOW,
    ago,
    booting,
    breaker,
    busy,
    draining,
    fleet,
    hours,
    idle,
    minutes,
    paused,
    queue,
    resource,
    silent,
    snapshot,
    sold,
    unavailable,
)


class Told(NamedTuple):
    """What makes the cause, and the words for it."""

    deployment: Deployment
    seen: Snapshot
    reason: str
    remedy: str = ""


A = fleet(resource("a"))
TASKS = [queue("q", 3)]
DOCS = Path(__file__).parents[2] / "docs" / "explain.md"

DONE = {
    Cause.DEMAND: Told(
        A,
        snapshot(idle(), queues=[queue("q", 3, oldest=ago(4))]),
        "3 tasks waiting in q, 2 without a slot, the oldest for 4 min",
    ),
    Cause.MINIMUM: Told(
        fleet(resource("a", min_instances=2)), snapshot(), "lab/a keeps at least 2"
    ),
    Cause.IDLE: Told(A, snapshot(idle(for_minutes=20)), "idle for 20 min, limit 15 min"),
    Cause.OVER_BUDGET: Told(
        fleet(sold(60.0), money={"*": Budget(day=64)}),
        snapshot(idle(launched_at=ago(60))),
        "budget of deployment test: 60.00 spent and 5.00 committed of 64.00 for this day,"
        " which ends in 12 h",
    ),
    Cause.BUDGET_REQUEUE: Told(
        fleet(sold(60.0), money={"lab": Budget(day=64, on_budget="requeue")}),
        snapshot(busy(launched_at=ago(60))),
        "budget of autoscaler lab: 60.00 spent and 5.00 committed of 64.00 for this day,"
        " which ends in 12 h",
    ),
    Cause.RECLAIMED: Told(
        A, snapshot(idle(reclaim_at=ago(-2))), "its cloud takes it back at 12:02:00"
    ),
    Cause.DRIFTED: Told(
        A,
        snapshot(idle(config_hash="older")),
        "the configuration changed since it was launched",
    ),
    Cause.RESOURCE_REMOVED: Told(
        A, snapshot(idle("b")), "resource lab/b is no longer in the configuration"
    ),
    Cause.REMOVED_REQUEUE: Told(
        A,
        snapshot(busy("ops/b"), on_shutdown={"lab": "all", "ops": "all"}),
        "autoscaler ops left the configuration with on_shutdown: all",
    ),
    Cause.DISMISSED: Told(
        A, snapshot(idle(dismissed="drained by ann: moving")), "drained by ann: moving"
    ),
    Cause.NEVER_REGISTERED: Told(
        A, snapshot(booting(left=0)), "no worker registered within 30 min"
    ),
    Cause.WORKER_VANISHED: Told(
        A,
        snapshot(silent(for_minutes=31)),
        "its worker has been unknown to ClearML for 31 min",
    ),
}

NOT_STARTED = {
    Cause.NO_DEMAND: Told(A, snapshot(), "no task is waiting in q"),
    Cause.COVERED: Told(
        A,
        snapshot(idle(), booting(), queues=[queue("q", 2)]),
        "2 tasks waiting in q, each with a slot that is idle or on its way",
    ),
    Cause.RESOURCE_MAX: Told(
        fleet(resource("a", max_instances=2)),
        snapshot(busy(), queues=TASKS),
        "1 of 3 wanted starts; lab/a may have at most 2 (max_instances)",
        "raise max_instances of lab/a, or wait for a machine to end",
    ),
    Cause.AUTOSCALER_MAX: Told(
        fleet(resource("a"), lab=2),
        snapshot(busy(), queues=TASKS),
        "1 of 3 wanted starts; autoscaler lab may have at most 2 (max_instances)",
        "raise max_instances of autoscaler lab, or wait for a machine to end",
    ),
    Cause.DEPLOYMENT_MAX: Told(
        fleet(resource("a"), most=2),
        snapshot(busy(), queues=TASKS),
        "1 of 3 wanted starts; deployment test may have at most 2 (max_instances)",
        "raise max_instances of deployment test, or wait for a machine to end",
    ),
    Cause.SCHEDULE: Told(
        fleet(resource("a", schedule=(hours(max_instances=1),))),
        snapshot(busy(), queues=TASKS),
        "lab/a is at 1 of max_instances 1, which its schedule sets until Thu 20:00 (UTC)",
        "change the schedule of lab/a, or wait",
    ),
    Cause.FROZEN: Told(
        fleet(resource("a", schedule=(hours(freeze=True),))),
        snapshot(queues=TASKS),
        "the schedule of lab/a freezes it until Thu 20:00 (UTC)",
        "change the schedule, or wait",
    ),
    Cause.SCALE_OUT_PAUSED: Told(
        A,
        snapshot(paused("lab", out=True, why="maintenance"), queues=TASKS),
        "scale-out was paused by ann at 2026-01-01 11:30+00:00: maintenance",
        "autoscaler resume lab",
    ),
    Cause.QUEUE_PAUSED: Told(
        A,
        snapshot(queues=[queue("q", 3, tags=(PAUSE_TAG,))]),
        "3 tasks waiting in q, whose tag force_workers:off keeps agents from pulling",
        "take the tag off the queue in ClearML",
    ),
    Cause.QUEUE_MISSING: Told(
        fleet(resource("a", queues=("typo",))),
        snapshot(),
        "ClearML has no queue 'typo'",
        "create it in ClearML, correct its name, or set clearml.create_missing_queues",
    ),
    Cause.OFFERINGS_UNAVAILABLE: Told(
        A,
        snapshot(unavailable(left=6), queues=TASKS),
        "no offering can be had (NoCapacity); asked again in 6 min",
        "add an offering or another resource for the queues of lab/a",
    ),
    Cause.BREAKER_OPEN: Told(
        A,
        snapshot(breaker(failures=4, open_for=10), queues=TASKS),
        "the last 4 boots failed (no worker came); one more is tried in 10 min",
        "autoscaler logs INSTANCE shows what a machine said",
    ),
    Cause.BUDGET: Told(
        fleet(sold(60.0), money={"lab": Budget(day=90)}),
        snapshot(busy(launched_at=ago(60)), queues=TASKS),
        "budget of autoscaler lab: 60.00 spent and 5.00 committed of 90.00 for this day,"
        " which ends in 12 h; one more commits 38.00",
        "raise budget.day of autoscaler lab, or wait",
    ),
    Cause.PRICE_UNKNOWN: Told(
        fleet(resource("a"), money={"*": Budget(day=90)}),
        snapshot(queues=TASKS),
        "the price of lab/a is unknown, and deployment test has a budget",
        "write hourly_price of lab/a, or allow_unknown_prices in the budget",
    ),
    Cause.RECOVERING: Told(
        A,
        snapshot(queues=TASKS, recover_until=NOW + minutes(2)),
        "the state table is new or was lost: living machines are adopted first, for 2 min",
    ),
}

NOT_STOPPED = {
    Cause.NOT_IDLE_LONG_ENOUGH: Told(
        A, snapshot(idle(for_minutes=4)), "idle for 4 min, limit 15 min"
    ),
    Cause.BUSY: Told(A, snapshot(busy()), "a task runs on it"),
    Cause.BOOTING: Told(A, snapshot(booting(left=20)), "its worker is awaited until 12:20:00"),
    Cause.WORKER_SILENT: Told(
        A,
        snapshot(silent(for_minutes=4)),
        "its worker has been unknown to ClearML for 4 min, limit 30 min",
    ),
    Cause.PROTECTED: Told(
        A,
        snapshot(idle(for_minutes=99, protected=True)),
        "it is protected",
        "autoscaler protect --off",
    ),
    Cause.KEPT_FOR_MINIMUM: Told(
        fleet(resource("a", min_instances=1)),
        snapshot(idle(for_minutes=99)),
        "lab/a keeps at least 1",
        "lower min_instances to let it go",
    ),
    Cause.KEPT_FOR_WAITING: Told(
        A,
        snapshot(idle(for_minutes=99), queues=[queue("q", 1)]),
        "a waiting task is about to be taken by it",
    ),
    Cause.SCALE_IN_PAUSED: Told(
        A,
        snapshot(paused(into=True), idle(for_minutes=99)),
        "scale-in was paused by ann at 2026-01-01 11:30+00:00",
        "autoscaler resume",
    ),
    Cause.KEPT_FROZEN: Told(
        fleet(resource("a", schedule=(hours(freeze=True),))),
        snapshot(idle(for_minutes=99)),
        "the schedule of lab/a freezes it until Thu 20:00 (UTC)",
        "change the schedule, or wait",
    ),
    Cause.LEFT_ALONE: Told(
        A,
        snapshot(idle("ops/b", for_minutes=99), on_shutdown={"ops": "leave"}),
        "autoscaler ops left the configuration with on_shutdown: leave",
        "autoscaler drain INSTANCE, or put the autoscaler back",
    ),
    Cause.DRAINING: Told(A, snapshot(draining()), "it is on its way out: idle for 20 min"),
}

NEITHER = {
    Cause.CLEARML_UNREADABLE: Told(
        A,
        snapshot(clearml_problem="queues.get_all answered 502"),
        "ClearML could not be read in full, so nothing is started or stopped:"
        " queues.get_all answered 502",
        "autoscaler check says more; the next tick tries again",
    ),
    Cause.CREDENTIALS_REFUSED: Told(
        A,
        snapshot(clearml_problem="auth.login answered 401", credentials_refused=True),
        "ClearML could not be read in full, so nothing is started or stopped:"
        " auth.login answered 401",
        "check clearml.access_key and clearml.secret_key",
    ),
    Cause.CONFIGURATION_UNUSABLE: Told(
        A,
        snapshot(queues=TASKS, config_problem="autoscalers: is missing", held=True),
        "the configuration cannot be used, so nothing more is started or stopped:"
        " autoscalers: is missing",
        "mend it: autoscaler config push",
    ),
    Cause.MACHINES_UNREADABLE: Told(
        A,
        snapshot(unreadable={"cloud": "timed out"}),
        "the machines of cloud could not be listed, so none of them is stopped or forgotten:"
        " timed out",
        "the next tick tries again",
    ),
}

EVERY = DONE | NOT_STARTED | NOT_STOPPED | NEITHER


def said(plan: Plan) -> dict[Cause, tuple[str, str]]:
    """The reason and the remedy under each cause of the plan."""
    launches = {each.cause: (each.reason, "") for each in plan.launches}
    drains = {each.cause: (each.reason, "") for each in plan.drains}
    return launches | drains | {each.cause: (each.reason, each.remedy) for each in plan.did_not}


@pytest.mark.parametrize(
    ("cause", "told"), [pytest.param(cause, told, id=cause) for cause, told in EVERY.items()]
)
def test_each_cause_says_why_and_what_to_do(cause: Cause, told: Told) -> None:
    assert said(decide(told.deployment, told.seen))[cause] == (told.reason, told.remedy)


def test_there_is_a_row_for_every_cause() -> None:
    assert set(EVERY) == set(Cause)


def test_a_general_pause_is_resumed_without_a_name() -> None:
    plan = decide(A, snapshot(paused(out=True), queues=TASKS))
    assert said(plan)[Cause.SCALE_OUT_PAUSED][1] == "autoscaler resume"


def test_a_pause_of_one_autoscaler_is_resumed_by_its_name() -> None:
    plan = decide(A, snapshot(paused("lab", into=True), idle(for_minutes=99)))
    assert said(plan)[Cause.SCALE_IN_PAUSED][1] == "autoscaler resume lab"


@pytest.mark.parametrize(
    ("heading", "causes"),
    [
        pytest.param("What was done", DONE, id="done"),
        pytest.param("Why nothing (more) was started", NOT_STARTED, id="not started"),
        pytest.param("Why a machine was not stopped", NOT_STOPPED, id="not stopped"),
        pytest.param("Why nothing was decided", NEITHER, id="neither"),
    ],
)
def test_docs_explain_lists_each_cause_where_it_belongs_and_no_other(
    heading: str, causes: dict[Cause, Told]
) -> None:
    sections = dict(
        part.split("\n", 1) for part in DOCS.read_text(encoding="utf-8").split("\n## ")[1:]
    )
    rows = re.findall(r"^\| `([a-z-]+)` \| .+ \| .+ \|$", sections[heading], re.MULTILINE)
    assert rows == [str(cause) for cause in causes]
