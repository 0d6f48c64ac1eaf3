"""The meter's arithmetic, on cases that were computed by hand."""

import pytest

from autoscaler.core.seen import Machine
from autoscaler.simulate.hub import Hub
from autoscaler.simulate.meter import Meter
from autoscaler.simulate.outcome import Outcome, Waits
from autoscaler.simulate.series import Series
from autoscaler.simulate.workload import MONDAY
from autoscaler.world.cloud import Box

PRICES = {"large": (2.0, True), "odd": (1.0, False)}


class Bench:
    """A meter, and a clock that the test moves."""

    def __init__(self) -> None:
        self.hub = Hub(MONDAY)
        self.meter = Meter(self.hub, lambda machine: PRICES[machine.type], least_s=60.0)

    def box(self, id: str, type: str = "large") -> Box:
        machine = Machine(
            instance_id=id,
            state="living",
            autoscaler="team",
            resource="gpu",
            launch="L",
            attempt=1,
            position=0,
            token="t",
            type=type,
        )
        box = Box(machine, self.hub.at)
        self.meter.launched(box)
        return box

    def at(self, seconds: float) -> Meter:
        self.hub.run(seconds)
        return self.meter

    def told(self) -> Outcome:
        return self.meter.outcome("by hand", 1, 0, {})


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_machine_is_billed_from_launch_to_stop(bench: Bench) -> None:
    box = bench.box("one")
    bench.at(100).up(box)
    bench.at(1800).stopped(box)
    told = bench.told()

    assert told.machine_hours == pytest.approx(0.5)
    assert told.cost == pytest.approx(1.0)
    assert told.waste == pytest.approx(0.5)
    assert (told.launches, told.idle_launches) == (1, 1)


def test_it_is_billed_for_a_minute_at_least(bench: Bench) -> None:
    box = bench.box("one")
    bench.at(10).stopped(box)

    assert bench.told().machine_hours == pytest.approx(60 / 3600)


def test_what_lives_at_the_end_is_billed_until_then(bench: Bench) -> None:
    bench.box("one")
    bench.at(3600)

    assert bench.told().cost == pytest.approx(2.0)


def test_waste_is_what_was_billed_without_a_task_that_was_finished(bench: Bench) -> None:
    box = bench.box("one")
    meter = bench.at(100)
    meter.up(box)
    meter.holds("one", 1)
    bench.at(1100).holds("one", -1)
    meter.done("gpu", wait=70.0, duration=1000.0, slots=2)
    bench.at(1200).stopped(box)
    told = bench.told()

    assert told.waste * 3600 == pytest.approx(1200 - 1000 / 2)
    assert told.idle_launches == 0


def test_runs_that_were_cut_are_counted_by_how(bench: Bench) -> None:
    meter = bench.meter
    for how in ("kills", "kills", "reclaimed", "died"):
        meter.submitted()
        meter.begun()
        meter.cut(how, begun=True)
    meter.requeued()
    told = bench.told()

    assert (told.kills, told.reclaimed, told.died, told.requeues) == (2, 1, 1, 1)
    assert (told.tasks, told.finished) == (4, 0)


def test_a_machine_without_a_price_is_counted_as_one(bench: Bench) -> None:
    bench.box("one", "odd")
    bench.at(3600)

    assert (bench.told().unpriced, bench.told().launches) == (1, 1)


def test_curves_are_means_of_each_stretch(bench: Bench) -> None:
    """Booting for 30 s, idle for 60, busy for 30; the second machine boots all the time."""
    box = bench.box("one")
    bench.box("two", "odd")
    bench.at(30).up(box)
    bench.at(90).holds("one", 1)
    bench.at(120).stopped(box)
    curves = bench.told().curves

    assert curves.width_s == 60.0
    assert curves.means["booting"] == (1.5, 1.0)
    assert curves.means["idle"] == (0.5, 0.5)
    assert curves.means["busy"] == (0.0, 0.5)
    assert curves.means["price"] == (3.0, 3.0)


def test_waiting_tasks_are_a_curve_too(bench: Bench) -> None:
    bench.meter.submitted()
    bench.at(30).begun()
    bench.at(45).submitted()
    bench.at(90)

    assert bench.told().curves.means["waiting"] == (0.75, 1.0)


def test_percentiles_are_by_nearest_rank() -> None:
    waits = Waits.of([float(each) for each in (5, 1, 2, 4, 3)])

    assert (waits.mean_s, waits.p50_s, waits.p90_s, waits.p95_s, waits.max_s) == (3, 3, 5, 5, 5)
    assert (len(waits.centiles), waits.centiles[0], waits.centiles[100]) == (101, 1, 5)
    assert Waits.of([]) == Waits()


def test_waits_are_told_by_queue(bench: Bench) -> None:
    for queue, wait in (("gpu", 10.0), ("cpu", 1.0), ("gpu", 20.0)):
        bench.meter.done(queue, wait=wait, duration=1.0, slots=1)
    told = bench.told()

    assert {queue: waits.mean_s for queue, waits in told.queues.items()} == {"cpu": 1, "gpu": 15}
    assert told.mean_wait_s == pytest.approx(31 / 3)


def test_a_series_halves_its_detail_and_keeps_its_sum() -> None:
    series = Series(("up",), width_s=10.0, most=4)
    for second in range(0, 100, 10):
        series.change(float(second), {"up": 1.0})
    series.advance(100.0)
    curves = series.curves()
    last = 100.0 - curves.width_s * (len(curves.means["up"]) - 1)

    assert curves.width_s == 40.0
    assert curves.means["up"] == (2.5, 6.5, 9.5)
    assert last == 20.0


def test_a_series_that_has_not_begun_has_no_means() -> None:
    assert Series(("up",)).curves().means == {"up": ()}
