"""What `up` tells after a tick: each thing once."""

from datetime import timedelta

import pytest

from autoscaler.cli.running.news import Newsroom
from autoscaler.core.decisions import Cause
from autoscaler.errors import UnavailableError
from tests.services.stage import Stage, resource

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def newsroom(stage: Stage) -> Newsroom:
    return Newsroom(stage.state, stage.clock.now())


def test_each_event_is_told_once(stage: Stage, newsroom: Newsroom) -> None:
    stage.enqueue()
    first = newsroom.after(stage.play())
    second = newsroom.after(stage.play(MINUTE))
    third = newsroom.after(stage.play(MINUTE))

    told = [event.event for event in (*first.events, *second.events, *third.events)]
    assert told[0] == "ordered 1"
    assert "REQUESTED -> BOOTING" in told
    keys = [event.key for event in (*first.events, *second.events, *third.events)]
    assert len(set(keys)) == len(keys)


def test_what_happened_before_is_old_news(stage: Stage) -> None:
    stage.enqueue()
    stage.play()
    stage.clock.advance(MINUTE)

    late = Newsroom(stage.state, stage.clock.now())

    assert not any(event.event == "ordered 1" for event in late.after(stage.play()).events)


def test_an_act_of_a_person_is_told(stage: Stage, newsroom: Newsroom) -> None:
    stage.operator.pause(None, scale_out=True, scale_in=False, reason="upgrade")

    (event,) = newsroom.after(stage.tick()).events

    assert (event.event, event.by, event.reason) == ("paused scale-out", "ada", "upgrade")


def test_a_problem_is_told_when_it_begins_and_when_it_is_over(
    stage: Stage, newsroom: Newsroom
) -> None:
    stage.queues.broken = stage.workers.broken = UnavailableError("down")
    first = newsroom.after(stage.tick())
    second = newsroom.after(stage.tick(MINUTE))
    stage.queues.broken = stage.workers.broken = None
    third = newsroom.after(stage.tick(MINUTE))

    assert [verdict.cause for verdict in first.began] == [Cause.CLEARML_UNREADABLE]
    assert (second.began, second.over) == ((), ())
    assert [verdict.cause for verdict in third.over] == [Cause.CLEARML_UNREADABLE]


def test_a_tick_that_saw_nothing_ends_no_problem(stage: Stage, newsroom: Newsroom) -> None:
    stage.enqueue(tasks=9)
    first = newsroom.after(stage.tick())
    stage.queues.broken = stage.workers.broken = UnavailableError("down")
    blind = newsroom.after(stage.tick(MINUTE))

    assert [verdict.cause for verdict in first.began] == [Cause.RESOURCE_MAX]
    assert blind.over == ()


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        pytest.param(5, [], id="another resource starts the rest"),
        pytest.param(9, [Cause.RESOURCE_MAX] * 2, id="the other one is too small as well"),
    ],
)
def test_a_full_resource_is_a_problem_only_when_no_other_serves(
    tasks: int, told: list[Cause]
) -> None:
    stage = Stage(resource("cpu"), resource("spare"))
    stage.enqueue(tasks=tasks)
    news = Newsroom(stage.state, stage.clock.now()).after(stage.tick())

    assert [verdict.cause for verdict in news.began] == told


def test_quiet_queues_and_waiting_machines_are_no_problem(
    stage: Stage, newsroom: Newsroom
) -> None:
    stage.enqueue()
    newsroom.after(stage.play())
    assert newsroom.after(stage.play(MINUTE)).began == ()
