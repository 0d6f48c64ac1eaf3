"""How lengths of time, counts and offerings are said to people; and verdicts, many at once."""

from collections.abc import Sequence

import pytest

from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.fleet import Deployment, Offering, winding_down
from autoscaler.core.plan import decide
from autoscaler.core.scale_in import summarise
from autoscaler.core.words import amount, many, span
from tests.core.make import (
    busy,
    drains,
    fleet,
    idle,
    launches,
    minutes,
    queue,
    resource,
    seconds,
    snapshot,
)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        pytest.param(0, "0 s", id="nothing"),
        pytest.param(-5, "0 s", id="less than nothing"),
        pytest.param(0.4, "0 s", id="rounded down"),
        pytest.param(59.6, "1 min", id="rounded up"),
        pytest.param(45, "45 s", id="seconds"),
        pytest.param(125, "2 min 5 s", id="minutes and seconds"),
        pytest.param(12000, "3 h 20 min", id="hours and minutes"),
        pytest.param(90061, "1 d 1 h", id="never more than two units"),
    ],
)
def test_span(length: float, words: str) -> None:
    assert span(seconds(length)) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 tasks"), (1, "1 task"), (2, "2 tasks")],
)
def test_many(count: int, words: str) -> None:
    assert many(count, "task") == words


@pytest.mark.parametrize(
    ("offering", "key"),
    [
        pytest.param(Offering(type="cpu"), "cpu:on-demand", id="without a zone"),
        pytest.param(Offering(type="cpu", zone="z", market="spot"), "cpu:z:spot", id="with one"),
    ],
)
def test_the_key_of_an_offering(offering: Offering, key: str) -> None:
    assert offering.key == key


def verdict(instance: str, resource: str = "a", cause: Cause = Cause.BUSY) -> Verdict:
    reason = f"a task runs on {instance}"
    return Verdict(
        cause=cause, reason=reason, autoscaler="lab", resource=resource, instance=instance, count=1
    )


FULL = Verdict(cause=Cause.RESOURCE_MAX, reason="lab/a is at 9", queue="q", count=4)


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        pytest.param([FULL], [("", 4)], id="what concerns no machine stays as it is"),
        pytest.param([verdict("m1")], [("m1", 1)], id="one machine keeps its name"),
        pytest.param([verdict("m1"), verdict("m2")], [("", 2)], id="several are counted"),
        pytest.param(
            [verdict("m1"), verdict("m2", "b"), verdict("m3", cause=Cause.BOOTING)],
            [("m1", 1), ("m2", 1), ("m3", 1)],
            id="by resource and cause",
        ),
        pytest.param(
            [verdict("m1"), FULL, verdict("m2")],
            [("", 4), ("", 2)],
            id="after what concerns no machine",
        ),
    ],
)
def test_summarise(verdicts: Sequence[Verdict], told: Sequence[tuple[str, int]]) -> None:
    assert [(each.instance, each.count) for each in summarise(verdicts)] == told


def used(deployment: Deployment) -> Deployment:
    """A deployment that was asked for everything it remembers."""
    assert deployment.resources
    assert deployment.by_key
    assert deployment.queue_refs
    return deployment


def test_winding_down_starts_nothing_and_lets_go_what_is_idle() -> None:
    before = fleet(resource("a", min_instances=1), resource("ops/b"), most=7, lab=5)
    after = winding_down(used(before))
    seen = snapshot(idle(for_minutes=0), busy(), idle("ops/b"), queues=[queue("x", 3)])
    plan = decide(after, seen)
    assert (launches(plan), sorted(drains(plan))) == ({}, ["m1", "m3"])
    assert [each.max_idle for each in after.resources] == [minutes(0)] * 2
    assert (after.name, after.max_instances, after.timing) == ("test", 7, before.timing)
    assert after.queue_refs == before.queue_refs


@pytest.mark.parametrize(
    ("money", "said"),
    [(0.0, "0.00"), (0.3, "0.3"), (0.0042, "0.0042"), (1.0, "1.00"), (1234.567, "1234.57")],
)
def test_sums_of_money(money: float, said: str) -> None:
    assert amount(money) == said
