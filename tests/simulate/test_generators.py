"""The synthetic workloads: the same seed is the same tasks, and they are as real ones were."""

from itertools import pairwise
from math import log
from random import Random
from statistics import mean, median, pstdev

import pytest

from autoscaler.errors import ConfigError
from autoscaler.simulate.generators import BODY, NAMES, SWEEP, WHOLE, Lengths, generate
from autoscaler.simulate.workload import Task


def tasks(name: str, seed: int = 1, scale: float = 1.0) -> list[Task]:
    return list(generate(name, seed, scale).tasks())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_is_the_same_tasks_and_another_seed_is_not(name: str) -> None:
    workload = generate(name, seed=1)
    assert list(workload.tasks()) == list(workload.tasks()) == tasks(name)
    assert tasks(name, seed=2) != tasks(name)


@pytest.mark.parametrize("name", NAMES)
def test_tasks_come_in_order_each_with_an_id_of_its_own(name: str) -> None:
    found = tasks(name)
    assert all(first.submit_s <= second.submit_s for first, second in pairwise(found))
    assert len({task.id for task in found}) == len(found)
    assert {task.queue for task in found} == set(generate(name, seed=1).queues)
    assert all(task.gpus == (0 if task.queue == "cpu" else 1) for task in found)


@pytest.mark.parametrize(
    ("name", "count", "off"),
    [
        pytest.param("burst100", 100, 0, id="a hundred at once"),
        pytest.param("sparse", 141, 0, id="141 in about a week"),
        pytest.param("poisson", 1477, 60, id="one in 409.6 s for a week"),
        pytest.param("diurnal", 1477, 60, id="as many, some hours more than others"),
        pytest.param("cpu-gpu", 1467, 60, id="one in 2754 s and one in 485 s"),
        pytest.param("heavy-tail", 1477, 60, id="one in 409.6 s, in bursts"),
        pytest.param("onoff", 600, 120, id="thirty sweeps of twenty, give or take"),
    ],
)
def test_there_are_as_many_as_it_says(name: str, count: int, off: float) -> None:
    """On average over some seeds; `scale` multiplies that."""
    assert mean(len(tasks(name, seed)) for seed in range(10)) == pytest.approx(count, abs=off)
    halves = mean(len(tasks(name, seed, scale=0.5)) for seed in range(10))
    assert halves == pytest.approx(count / 2, abs=off / 2 + 0.5)


@pytest.mark.parametrize(
    ("lengths", "middle", "average"),
    [
        pytest.param(BODY, 540, 1161, id="the nine of ten that run at most two hours"),
        pytest.param(WHOLE, 629, 2633, id="up to openb's p99"),
        pytest.param(SWEEP, 343, 580, id="one sweep"),
    ],
)
def test_durations_are_as_long_as_measured(
    lengths: Lengths, middle: float, average: float
) -> None:
    random = Random(1)
    drawn = [lengths.draw(random) for _ in range(20_000)]
    assert median(drawn) == pytest.approx(middle, rel=0.03)
    assert mean(drawn) == pytest.approx(average, rel=0.03)
    assert lengths.shortest <= min(drawn) <= max(drawn) <= lengths.longest


def test_the_tasks_of_a_sweep_are_alike_and_sweeps_are_not() -> None:
    sweeps: list[list[float]] = []
    last = -3600.0
    for task in tasks("onoff", scale=2):
        if task.submit_s - last > 60:
            sweeps.append([])
        sweeps[-1].append(log(task.duration_s))
        last = task.submit_s
    large = [each for each in sweeps if len(each) > 20]
    assert mean(pstdev(each) for each in large) == pytest.approx(1.06, abs=0.1)
    assert pstdev([mean(each) for each in large]) == pytest.approx(0.74, abs=0.25)


def test_a_day_has_busy_hours_and_a_week_quiet_days() -> None:
    """Openb's hour 17 has three and a half times as many tasks as hour 12."""
    found = [task for seed in range(8) for task in tasks("diurnal", seed)]
    hours = [sum(task.submit_s % 86400 // 3600 == hour for task in found) for hour in range(24)]
    days = [sum(task.submit_s // 86400 == day for task in found) for day in range(7)]
    assert hours[17] / hours[12] == pytest.approx(3.6, rel=0.2)
    assert days[1] / days[6] == pytest.approx(2.3, rel=0.2)


def test_a_workload_that_nobody_knows_is_a_mistake_that_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="workload = brust: is none of the workloads: burst100"):
        generate("brust", seed=1)


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_of_nothing_is_a_mistake(scale: float) -> None:
    with pytest.raises(ConfigError, match=r"scale = .*: must be above 0"):
        generate("poisson", seed=1, scale=scale)
