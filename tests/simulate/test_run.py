"""The real services on the stage: the same again, with ticks played or only counted."""

from dataclasses import replace
from datetime import time

import pytest

from autoscaler.core.fleet import Budget, Deployment, Hours, OnLost
from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.outcome import Outcome
from autoscaler.simulate.run import Pace, simulate
from autoscaler.simulate.workload import Workload
from tests.simulate.scene import MINUTE, STEADY, chance, deployment, resource, spot, tasks

WORKDAYS = Hours(
    days=frozenset(range(5)),
    begin=time(8),
    end=time(20),
    timezone="Europe/Berlin",
    min_instances=2,
)
NIGHT = Hours(
    days=frozenset(range(7)), begin=time(22, 30), end=time(6), timezone="UTC", max_instances=1
)
FLICKER = Calendar(
    {
        "a": [(at, n % 2 == 0) for n, at in enumerate(range(0, 10**6, 2_500))],
        "b": [(at, n % 3 > 0) for n, at in enumerate(range(0, 10**6, 4_000))],
    }
)
EVERYWHERE = deployment(resource(offerings=spot("a", "b")))
TWO_QUEUES = deployment(
    resource("wide", queues=("queue-0", "queue-1"), slots=3, max_instances=3),
    resource("narrow", queues=("queue-1", "queue-2"), max_idle=2 * MINUTE),
)
SCHEDULED = deployment(resource(schedule=(WORKDAYS, NIGHT)))
POOR = deployment(resource(max_instances=4), budget=Budget(day=9.0, hour=6.0))
STRICT = deployment(budget=Budget(day=9.0, on_budget="requeue"))
IMPATIENT = deployment(resource(offerings=spot("a", "b")), on_lost=OnLost(most=1))
KEEPING = deployment(resource(max_idle=60 * MINUTE, min_instances=1))
LEARNING = deployment(
    resource(policy="adaptive"), resource("spot", policy="adaptive", offerings=spot("a", "b"))
)
HASTY = deployment(resource(max_spin_up=3 * MINUTE))


def played(
    of: Deployment, work: Workload, models: Models | None = None, pace: Pace | None = None
) -> Outcome:
    return simulate(of, work, models or Models(), seed=7, pace=pace)


def test_the_same_seed_gives_the_same_outcome_and_another_one_does_not() -> None:
    work = chance(8)
    once, again, other = (simulate(deployment(), work, Models(), seed) for seed in (1, 1, 2))

    assert once == again
    assert once != other


def both(of: Deployment, work: Workload, models: Models, pace: Pace) -> tuple[Outcome, Outcome]:
    """With ticks that are only counted, and with every tick played."""
    return played(of, work, models, pace), played(of, work, models, replace(pace, skips=False))


@pytest.mark.parametrize(
    ("of", "work", "models"),
    [
        pytest.param(
            deployment(), tasks((30, 600), (45, 60), (4000, 60)), STEADY, id="some tasks"
        ),
        pytest.param(EVERYWHERE, chance(8), Models(spot=FLICKER), id="spot machines that go"),
    ],
)
def test_ticks_that_are_only_counted_change_nothing(
    of: Deployment, work: Workload, models: Models
) -> None:
    counted, all_played = both(of, work, models, Pace())

    assert counted == all_played
    assert counted.finished == counted.tasks


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "work", "models", "pace"),
    [
        pytest.param(deployment(), chance(40), Models(), Pace(), id="one queue"),
        pytest.param(deployment(), tasks(*[(30.0, 600.0)] * 25), Models(), Pace(), id="a burst"),
        pytest.param(
            deployment(), chance(12, gap=20_000), Models(), Pace(), id="mostly empty hours"
        ),
        pytest.param(TWO_QUEUES, chance(80, gap=300, queues=3), Models(), Pace(), id="slots"),
        pytest.param(SCHEDULED, chance(12, gap=5_000), Models(), Pace(), id="schedules"),
        pytest.param(
            POOR, chance(30, gap=2_000), Models(), Pace(), id="a budget used up each day"
        ),
        pytest.param(
            STRICT, chance(20, gap=2_000), Models(), Pace(), id="a budget that ends runs"
        ),
        pytest.param(
            EVERYWHERE, chance(30), Models(spot=FLICKER), Pace(), id="spot machines that go"
        ),
        pytest.param(IMPATIENT, chance(30), Models(spot=FLICKER), Pace(), id="tasks given up"),
        pytest.param(KEEPING, chance(15), Models(), Pace(), id="a machine that is kept"),
        pytest.param(LEARNING, chance(40), Models(), Pace(), id="policy adaptive"),
        pytest.param(LEARNING, chance(8, gap=9_000), Models(), Pace(), id="adaptive, few tasks"),
        pytest.param(HASTY, chance(20), Models(boot=Boot(170, 260)), Pace(), id="boots given up"),
        pytest.param(deployment(), chance(30), Models(), Pace(fast_s=0.0), id="no fast ticks"),
        pytest.param(deployment(), chance(30), Models(), Pace(every_s=25.0), id="an odd interval"),
    ],
)
def test_that_holds_for_whatever_the_configuration_asks_for(
    of: Deployment, work: Workload, models: Models, pace: Pace
) -> None:
    counted, all_played = both(of, work, models, pace)

    assert counted == all_played
    assert counted.launches


def test_one_task_on_one_machine() -> None:
    """Submitted at 30 s, seen by the tick at 60 s; the launch needs up to a second, the boot 100.

    Its agent finds the task within 5.6 s and needs up to 8 s to begin it.
    """
    told = played(deployment(), tasks((30, 600)), STEADY)

    assert told.tasks == told.finished == told.launches == 1
    assert told.lost == told.kills == told.idle_launches == 0
    assert 60 + 100 - 30 <= told.mean_wait_s <= 60 + 1 + 100 + 5.6 + 8 - 30
    assert told.mean_wait_s == told.p50_wait_s == told.max_wait_s


def test_a_machine_is_paid_until_it_has_been_idle_for_long_enough() -> None:
    """100 s of boot, up to 13.6 s until the task begins, 600 s of work, 15 min idle, one tick."""
    told = played(deployment(), tasks((30, 600)), STEADY)
    least = 100 + 600 + 900

    assert least <= told.machine_hours * 3600 <= least + 13.6 + 2 * 60 + 15
    assert told.cost == pytest.approx(told.machine_hours * 2.0)
    assert told.waste * 3600 == pytest.approx(told.machine_hours * 3600 - 600)


def test_a_burst_is_launched_at_once() -> None:
    told = played(deployment(resource(max_instances=100)), tasks(*[(0, 600)] * 100), STEADY)

    assert told.launches == 100
    assert told.max_wait_s < 60 + 1 + 100 + 5.6 + 8


def test_with_slots_a_machine_takes_several_tasks() -> None:
    told = played(deployment(resource(slots=4)), tasks(*[(0, 600)] * 8), STEADY)

    assert told.launches == 2
    assert told.waste * 3600 == pytest.approx(told.machine_hours * 3600 - 8 * 600 / 4)


def test_a_task_whose_spot_machine_is_taken_back_starts_anew_elsewhere() -> None:
    gone = Calendar({"a": [(0, True), (400, False)]})

    told = played(deployment(resource(offerings=spot("a"))), tasks((0, 600)), Models(spot=gone))

    assert (told.launches, told.reclaimed, told.requeues, told.finished) == (2, 1, 1, 1)
    assert told.lost == 0
    assert told.mean_wait_s > 400


def test_a_zone_that_is_being_emptied_sells_no_machine_after_another() -> None:
    """From 280 s on it would take each back as soon as it is sold."""
    gone = Calendar({"a": [(0, True), (400, False)]})
    work = tasks((0, 600), (290, 600))

    told = played(deployment(resource(offerings=spot("a"))), work, Models(spot=gone))

    assert (told.launches, told.finished) == (3, 2)


def test_spot_machines_cost_what_they_cost() -> None:
    told = played(deployment(resource(offerings=spot("a"))), tasks((0, 600)), STEADY)

    assert told.cost == pytest.approx(told.machine_hours * 0.6)


def test_a_queue_without_machines_is_given_up_in_the_end() -> None:
    told = played(deployment(resource(max_instances=0)), tasks((0, 600)), STEADY)

    assert (told.finished, told.lost) == (0, 1)
    assert told.hours == pytest.approx(STEADY.patience_s / 3600, abs=0.1)


def test_a_machine_that_is_kept_does_not_keep_the_run_from_its_end() -> None:
    told = played(deployment(resource(min_instances=1)), tasks((0, 60)), STEADY)

    assert told.finished == 1
    assert told.hours < 3


def test_a_tick_is_two_calls_to_clearml_and_one_to_the_cloud() -> None:
    told = played(deployment(resource(max_instances=0)), tasks((0, 600)), STEADY)

    assert told.calls["clearml"] == 2 * told.calls["ticks"]
    assert told.calls["cloud"] == told.calls["ticks"]
