"""How many machines waiting tasks start, and of which resource."""

from collections.abc import Sequence

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment
from autoscaler.core.plan import decide
from autoscaler.core.seen import PAUSE_TAG, Queue, Supply
from tests.core.make import (
    ago,
    booting,
    busy,
    draining,
    fleet,
    idle,
    launches,
    queue,
    requested,
    resource,
    silent,
    snapshot,
    verdict,
    why_not,
)

CHEAP = resource("cheap", max_instances=2)
DEAR = resource("dear", max_instances=5)


@pytest.mark.parametrize(
    ("waiting", "started"),
    [
        pytest.param(0, {}, id="no task, no machine"),
        pytest.param(1, {"cheap": 1}, id="one task starts one machine of the first resource"),
        pytest.param(2, {"cheap": 2}, id="the first resource alone, as long as it has room"),
        pytest.param(
            3,
            {"cheap": 2, "dear": 1},
            id="ClearML launches 5 machines for 3 tasks with A(max 2), B(max 5); we start 2 and 1",
        ),
        pytest.param(7, {"cheap": 2, "dear": 5}, id="exactly as many tasks as there is room"),
        pytest.param(99, {"cheap": 2, "dear": 5}, id="never more than the resources together may"),
    ],
)
def test_what_the_first_resource_cannot_take_goes_on_to_the_next(
    waiting: int, started: dict[str, int]
) -> None:
    plan = decide(fleet(CHEAP, DEAR), snapshot(queues=[queue("q", waiting)]))
    assert launches(plan) == started


@pytest.mark.parametrize(
    ("supply", "started"),
    [
        pytest.param([idle("cheap")], {"cheap": 1, "dear": 1}, id="an idle machine takes one"),
        pytest.param([booting("cheap")], {"cheap": 1, "dear": 1}, id="a booting one takes one"),
        pytest.param([requested("cheap")], {"cheap": 1, "dear": 1}, id="a requested one too"),
        pytest.param([idle("dear")], {"cheap": 2}, id="it may be of any resource of the queue"),
        pytest.param([idle(), booting(), requested()], {}, id="enough is on its way already"),
        pytest.param([busy("cheap")], {"cheap": 1, "dear": 2}, id="a busy machine takes none"),
        pytest.param([draining("cheap")], {"cheap": 1, "dear": 2}, id="nor one on its way out"),
        pytest.param(
            [booting("cheap", left=-1)],
            {"cheap": 1, "dear": 2},
            id="nor one whose boot has taken too long",
        ),
        pytest.param(
            [silent("cheap")],
            {"cheap": 1, "dear": 2},
            id="nor a ghost: a machine whose worker vanished is no capacity (B6)",
        ),
        pytest.param(
            [idle("cheap", reclaim_at=ago(-2))],
            {"cheap": 1, "dear": 2},
            id="nor one that its cloud takes back",
        ),
        pytest.param(
            [booting("cheap", reclaim_at=ago(-2))],
            {"cheap": 1, "dear": 2},
            id="nor one that its cloud takes back while it boots",
        ),
        pytest.param(
            [idle("cheap", reclaim_at=ago(15))],
            {"cheap": 1, "dear": 1},
            id="but one that outlived such a notice for long does",
        ),
        pytest.param(
            [idle("cheap", config_hash="older")],
            {"cheap": 1, "dear": 2},
            id="nor a drifted one: its agents may pull from other queues",
        ),
        pytest.param(
            [booting("cheap", config_hash="older")],
            {"cheap": 1, "dear": 1},
            id="a drifted one that boots gets its chance",
        ),
        pytest.param(
            [idle("ops/gone")], {"cheap": 2, "dear": 1}, id="nor one of a removed resource"
        ),
    ],
)
def test_three_tasks_ask_only_for_the_slots_that_nobody_offers(
    supply: Sequence[Supply], started: dict[str, int]
) -> None:
    deployment = fleet(CHEAP, DEAR, resource("a", max_instances=0))
    plan = decide(deployment, snapshot(*supply, queues=[queue("q", 3)]))
    assert launches(plan) == started


WIDE = resource("wide", slots=4, queues=("first", "second"))
NARROW = resource("narrow", queues=("second",))


@pytest.mark.parametrize(
    ("first", "second", "started"),
    [
        pytest.param(4, 0, {"wide": 1}, id="four tasks fit on one machine of four slots"),
        pytest.param(5, 0, {"wide": 2}, id="the fifth starts another"),
        pytest.param(5, 3, {"wide": 2}, id="the slots it leaves over serve the next queue"),
        pytest.param(5, 4, {"wide": 3}, id="and only the rest of the next queue asks again"),
    ],
)
def test_slots_are_rounded_up_once(first: int, second: int, started: dict[str, int]) -> None:
    queues = [queue("first", first), queue("second", second)]
    assert launches(decide(fleet(WIDE), snapshot(queues=queues))) == started


@pytest.mark.parametrize(
    ("supply", "queues", "started"),
    [
        pytest.param(
            [idle("wide", slots=4)],
            [queue("first", 1), queue("second", 3)],
            {},
            id="two queues share the slots of one machine",
        ),
        pytest.param(
            [idle("wide", slots=4), idle("narrow")],
            [queue("first", 4), queue("second", 1)],
            {},
            id="a queue leaves the shared slots to the one that has no others",
        ),
        pytest.param(
            [idle("narrow")],
            [queue("first", 1), queue("second", 1)],
            {"wide": 1},
            id="a resource offers nothing to a queue that it does not serve",
        ),
        pytest.param(
            [busy("wide", 3, slots=4)],
            [queue("first", 2)],
            {"wide": 1},
            id="a busy machine still offers its free slots",
        ),
    ],
)
def test_queues_share_what_serves_them(
    supply: Sequence[Supply], queues: Sequence[Queue], started: dict[str, int]
) -> None:
    plan = decide(fleet(WIDE, NARROW), snapshot(*supply, queues=queues))
    assert launches(plan) == started


LAB, OPS = resource("lab/a", max_instances=1), resource("ops/a", max_instances=3)


@pytest.mark.parametrize(
    ("waiting", "started"),
    [
        pytest.param(1, {"a": 1}, id="the autoscaler that is written first serves it"),
        pytest.param(
            3, {"a": 1, "ops/a": 2}, id="the other one takes what is left, not all again"
        ),
    ],
)
def test_a_queue_may_be_shared_by_autoscalers(waiting: int, started: dict[str, int]) -> None:
    plan = decide(fleet(LAB, OPS), snapshot(queues=[queue("q", waiting)]))
    assert launches(plan) == started


@pytest.mark.parametrize(
    "deployment",
    [
        pytest.param(
            fleet(resource("a", queues=("q",)), resource("ops/b", queues=("id-q",))),
            id="by two resources",
        ),
        pytest.param(fleet(resource("a", queues=("q", "id-q"))), id="by one resource"),
    ],
)
def test_a_queue_called_by_its_name_and_by_its_id_is_served_once(deployment: Deployment) -> None:
    tasks = queue("q", 2)
    plan = decide(deployment, snapshot(queues=[tasks, tasks.model_copy(update={"name": "id-q"})]))
    assert launches(plan) == {"a": 2}


@pytest.mark.parametrize(
    ("minimum", "supply", "waiting", "started"),
    [
        pytest.param(2, [], 0, 2, id="without work, up to the minimum"),
        pytest.param(2, [idle()], 0, 1, id="only what is missing"),
        pytest.param(2, [busy(), draining()], 0, 0, id="whatever lives counts"),
        pytest.param(2, [], 1, 2, id="waiting tasks take the minimum's machines first"),
        pytest.param(2, [], 3, 3, id="and ask for more only beyond them"),
        pytest.param(12, [], 0, 10, id="but never beyond the maximum"),
    ],
)
def test_a_minimum_is_filled(
    minimum: int, supply: Sequence[Supply], waiting: int, started: int
) -> None:
    deployment = fleet(resource("a", min_instances=minimum))
    plan = decide(deployment, snapshot(*supply, queues=[queue("q", waiting)]))
    assert sum(launches(plan).values()) == started


def test_a_minimum_waits_for_a_queue_to_pull_from() -> None:
    deployment = fleet(resource("a", queues=("gone", "other"), min_instances=1))
    assert decide(deployment, snapshot()).launches == ()
    (launch,) = decide(deployment, snapshot(queues=[queue("other", 0)])).launches
    assert (launch.queue, launch.cause) == ("other", Cause.MINIMUM)


def test_a_launch_says_for_which_queue_how_many_tasks_and_how_long_they_wait() -> None:
    tasks = queue("q", 3, oldest=ago(4))
    plan = decide(fleet(resource("a")), snapshot(idle(), queues=[tasks]))
    (launch,) = plan.launches
    assert (launch.resource, launch.queue, launch.count) == ("lab/a", "q", 2)
    assert launch.cause == Cause.DEMAND
    assert launch.reason == "3 tasks waiting in q, 2 without a slot, the oldest for 4 min"


@pytest.mark.parametrize(
    ("gone", "cause"),
    [
        pytest.param("q", Cause.QUEUE_MISSING, id="one that ClearML does not have (B17)"),
        pytest.param("paused", Cause.QUEUE_PAUSED, id="one whose tag keeps agents away"),
    ],
)
def test_one_queue_that_cannot_be_served_stops_no_other(gone: str, cause: Cause) -> None:
    queues = {"other": queue("other", 1)}
    if gone == "paused":
        queues["q"] = queue("q", 5, tags=(PAUSE_TAG,))
    deployment = fleet(resource("a", queues=("q", "other")))
    plan = decide(deployment, snapshot().model_copy(update={"queues": queues}))
    assert launches(plan) == {"a": 1}
    assert why_not(plan) == [cause]
    assert verdict(plan, cause).queue == "q"


def test_a_paused_queue_leaves_the_idle_machines_to_the_others() -> None:
    queues = [queue("q", 5, tags=(PAUSE_TAG,)), queue("other", 1)]
    plan = decide(fleet(resource("a", queues=("q", "other"))), snapshot(idle(), queues=queues))
    assert launches(plan) == {}
