"""Tasks of one place on the queues of another."""

import pytest

from autoscaler.errors import ConfigError
from autoscaler.simulate.fitting import fitted, read_map, spread
from autoscaler.simulate.workload import Task, Workload, workload


def of(*queues: str) -> Workload:
    return workload("some", [Task(queue, queue, 0, 1) for queue in queues])


def queues_of(work: Workload) -> list[str]:
    return [task.queue for task in work.tasks()]


@pytest.mark.parametrize(
    ("queues", "served", "names", "found"),
    [
        pytest.param("a b", "a b c", {}, "a b", id="served as they are"),
        pytest.param("a b", "x y", {"a": "y", "b": "x"}, "y x", id="each mapped"),
        pytest.param("a b c", "x c", {"a": "x", "*": "c"}, "x c c", id="all others mapped"),
        pytest.param("a b", "a x", {"*": "x"}, "x x", id="all mapped, served or not"),
    ],
)
def test_tasks_go_where_they_are_mapped(
    queues: str, served: str, names: dict[str, str], found: str
) -> None:
    fit = fitted(of(*queues.split()), served.split(), names)

    assert queues_of(fit) == found.split()
    assert set(fit.queues) == set(found.split())


def test_a_queue_that_nothing_serves_is_told_with_the_way_out() -> None:
    with pytest.raises(ConfigError) as raised:
        fitted(of("a", "b"), ["a", "c"], {})

    assert str(raised.value) == (
        "queue = b: is served by no resource: map it to one of a, c, as in --map 'b=a'"
    )


@pytest.mark.parametrize(
    ("queues", "served", "found"),
    [
        pytest.param("gpu", "default fast", "default", id="the first"),
        pytest.param("cpu gpu", "default fast", "default fast", id="each another one"),
        pytest.param("cpu gpu", "default", "default default", id="all the same"),
        pytest.param("cpu gpu", "gpu default", "default gpu", id="what is served stays"),
    ],
)
def test_made_up_queues_become_those_that_are_served(queues: str, served: str, found: str) -> None:
    assert queues_of(spread(of(*queues.split()), served.split(), {})) == found.split()


def test_what_is_mapped_is_not_made_up() -> None:
    assert queues_of(spread(of("cpu", "gpu"), ["a", "b"], {"cpu": "b"})) == ["b", "a"]


@pytest.mark.parametrize("pair", ["a", "=b", "a=", ""])
def test_a_pair_that_is_none_is_refused(pair: str) -> None:
    with pytest.raises(ConfigError, match="write FROM=TO"):
        read_map([pair])
