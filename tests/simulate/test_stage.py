"""The stage for whoever scales on it."""

import pytest

from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.stage import Stage
from autoscaler.world.cloud import Box
from tests.simulate.scene import STEADY, deployment, resource, spot, tasks

LARGE = "large:on-demand"
KEY = "team/gpu"


def until_over(stage: Stage) -> None:
    while not stage.is_over:
        stage.advance(60)


def test_a_machine_that_somebody_starts_does_the_work() -> None:
    stage = Stage(deployment(), tasks((10, 50)), STEADY, guarded=False)
    machine = stage.start(KEY, LARGE)
    stage.advance(200)
    assert machine
    stage.terminate(machine.instance_id)
    told = stage.outcome()

    assert machine.worker == f"dyn:gpu:large:{machine.instance_id}"
    assert (told.finished, told.launches, told.kills, told.lost) == (1, 1, 0, 0)
    assert told.machine_hours * 3600 == pytest.approx(200)
    assert told.cost == pytest.approx(200 / 3600 * 2)


def test_who_ends_a_machine_that_works_kills_its_task() -> None:
    stage = Stage(deployment(), tasks((0, 500)), STEADY, guarded=False)
    machine = stage.start(KEY, LARGE)
    stage.advance(200)
    assert machine
    stage.terminate(machine.instance_id)
    until_over(stage)
    told = stage.outcome()

    assert (told.finished, told.kills, told.lost) == (0, 1, 1)


def test_agents_tell_clearml_what_they_do_when_they_are_asked_to() -> None:
    stage = Stage(deployment(), tasks((0, 500)), STEADY, guarded=False)
    stage.start(KEY, LARGE)
    stage.advance(150)
    (before,) = stage.clearml.workers.all()
    stage.advance(100)
    stage.report()
    (after,) = stage.clearml.workers.all()

    assert before.task == after.task
    assert after.task
    assert after.last_report_time == stage.hub.now()


def test_a_machine_that_is_gone_is_listed_as_a_worker_for_ten_minutes() -> None:
    stage = Stage(deployment(), tasks((0, 500)), STEADY, guarded=False)
    machine = stage.start(KEY, LARGE)
    assert machine
    stage.advance(150)
    stage.terminate(machine.instance_id)
    stage.advance(599)
    assert stage.clearml.workers.all()
    stage.advance(2)

    assert not stage.clearml.workers.all()


def test_what_is_not_to_be_had_is_not_started() -> None:
    few = Models(capacity={LARGE: 1})
    stage = Stage(deployment(), tasks((0, 1)), few)
    first, second = stage.start(KEY, LARGE), stage.start(KEY, LARGE)
    assert first
    stage.terminate(first.instance_id)

    assert second is None
    assert stage.start(KEY, LARGE)


def test_a_spot_machine_is_noticed_and_taken_back() -> None:
    market = Models(boot=Boot(100, 100), spot=Calendar({"a": [(0, True), (400, False)]}))
    stage = Stage(deployment(resource(offerings=spot("a"))), tasks((0, 1)), market)
    told: list[tuple[str, float]] = []
    stage.noticed = lambda _: told.append(("noticed", stage.at))
    stage.ended = lambda _: told.append(("ended", stage.at))
    assert stage.start(KEY, "large:a:spot")
    stage.advance(500)

    assert told[0] == ("noticed", 280.0)
    assert told[1][0] == "ended"
    assert told[1][1] >= 415
    assert stage.start(KEY, "large:a:spot") is None


@pytest.mark.parametrize("guarded", [True, False])
def test_both_sides_get_the_same_boots(guarded: bool) -> None:
    stage = Stage(deployment(), tasks((0, 1)), Models(), seed=3, guarded=guarded)
    up: list[float] = []

    def began(box: Box) -> None:
        stage.meter.up(box)
        up.append(stage.at - box.started)

    stage.agents.up = began
    for _ in range(3):
        stage.start(KEY, LARGE)
        stage.advance(1000)

    assert up == pytest.approx([Boot().draw(3, ordinal) for ordinal in (1, 2, 3)])


def test_an_agent_is_not_asked_to_poll_a_queue_that_is_empty() -> None:
    stage = Stage(deployment(resource(max_instances=1)), tasks((5000, 1)), STEADY, guarded=False)
    stage.start(KEY, LARGE)
    stage.advance(200)

    assert stage.hub.next_at == 5000.0
