"""The bounds, by hand."""

import pytest

from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.generators import NAMES, generate
from autoscaler.simulate.workload import Task
from tests.benchmarks.bounds import bounds, clairvoyant_spot, idle_or_boot

BOOT = 180.0


def line(*tasks: tuple[float, float], queue: str = "gpu") -> list[Task]:
    return [Task(str(n), queue, at, length, 1) for n, (at, length) in enumerate(tasks)]


@pytest.mark.parametrize(
    ("tasks", "seconds"),
    [
        pytest.param([], 0, id="no task, nothing"),
        pytest.param([(0, 600)], 180, id="the first one boots"),
        pytest.param([(0, 600), (650, 600)], 180 + 50, id="a short gap is idled through"),
        pytest.param([(0, 600), (2000, 600)], 180 + 180, id="after a long gap it boots again"),
        pytest.param([(0, 600), (600, 9)], 180, id="freed at that moment, taken at once"),
        pytest.param([(0, 600), (10, 600)], 180 + 180, id="two at once are two machines"),
        pytest.param(
            [(0, 100), (0, 150), (160, 9), (161, 9)],
            180 + 180 + 10 + 61,
            id="the one that was freed last goes first",
        ),
    ],
)
def test_a_machine_idles_or_boots_whichever_is_less(
    tasks: list[tuple[float, float]], seconds: float
) -> None:
    assert idle_or_boot(line(*tasks), BOOT) == seconds


def test_each_queue_has_its_own_machines_and_its_price() -> None:
    tasks = line((0, 3600)) + line((10, 3600), queue="cpu")
    found = bounds(tasks, 360, {"gpu": 2.0, "cpu": 0.5})
    assert found.lb_work == pytest.approx(1.1 * 2.0 + 1.1 * 0.5)
    assert found.opt_zero == pytest.approx(found.lb_work)


@pytest.mark.parametrize("name", NAMES)
def test_what_lets_nobody_wait_costs_no_less_than_the_work(name: str) -> None:
    found = bounds(generate(name, seed=1).tasks(), BOOT, {"gpu": 1.0, "cpu": 0.2})
    assert found.lb_work <= found.opt_zero < 1.5 * found.lb_work


@pytest.mark.parametrize(
    ("changes", "spot"),
    [
        pytest.param({"a": [(0, True), (4000, False)]}, True, id="lasts for boot and task"),
        pytest.param({"a": [(0, True), (3900, False)]}, False, id="it ends before the task does"),
        pytest.param({"a": [(1, True)]}, False, id="it opens after the arrival"),
        pytest.param({"a": [(0, False)], "b": [(0, True)]}, True, id="another zone lasts"),
        pytest.param({"a": [(0, True), (9, False), (20, True)]}, False, id="no change on the way"),
    ],
)
def test_a_task_runs_on_spot_where_a_machine_lives_long_enough(
    changes: dict[str, list[tuple[float, bool]]], spot: bool
) -> None:
    calendar = Calendar(changes)
    cost = clairvoyant_spot(line((0, 3600)), 360, calendar, spot=0.3, on_demand=1.0)
    assert cost == pytest.approx(1.1 * (0.3 if spot else 1.0))
