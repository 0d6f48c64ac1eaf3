"""The assignment of waiting tasks to slots, against every other assignment there could be."""

from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoscaler.core.cover import Cover, Kind

Serves = Mapping[str, Sequence[str]]
SHARED: Serves = {"x": ["a", "b"], "y": ["a"]}
CHAIN: Serves = {"x": ["a", "b"], "y": ["b", "c"], "z": ["a"]}


def cover(serves: Serves, idle: Mapping[str, int], coming: Mapping[str, int] = {}) -> Cover:
    made = Cover(serves)
    for kind, slots in ((Kind.IDLE, idle), (Kind.COMING, coming)):
        for resource, count in slots.items():
            made.add(resource, kind, count)
    return made


@pytest.mark.parametrize(
    ("serves", "idle", "asked", "covered"),
    [
        pytest.param(SHARED, {"a": 1}, [("x", 2)], [1], id="no more tasks than slots"),
        pytest.param(SHARED, {"b": 1}, [("y", 1)], [0], id="only slots that serve the queue"),
        pytest.param(
            SHARED, {"a": 9}, [("elsewhere", 1)], [0], id="no slots for an unknown queue"
        ),
        pytest.param(
            SHARED,
            {"a": 1},
            [("x", 1), ("y", 1)],
            [1, 0],
            id="an earlier queue never loses to a later one",
        ),
        pytest.param(
            SHARED,
            {"a": 1, "b": 1},
            [("x", 1), ("y", 1)],
            [1, 1],
            id="but it moves to slots that only it can use",
        ),
        pytest.param(
            SHARED,
            {"a": 3, "b": 2},
            [("x", 3), ("y", 3)],
            [3, 2],
            id="as far as they go",
        ),
        pytest.param(
            CHAIN,
            {"a": 1, "b": 1, "c": 1},
            [("x", 1), ("y", 1), ("z", 1)],
            [1, 1, 1],
            id="one after the other, along a chain",
        ),
        pytest.param(
            SHARED, {"a": 2}, [("x", 1), ("y", 1), ("x", 1)], [1, 1, 0], id="a queue may ask again"
        ),
    ],
)
def test_take(
    serves: Serves, idle: Mapping[str, int], asked: list[tuple[str, int]], covered: list[int]
) -> None:
    made = cover(serves, idle)
    assert [made.take(queue, count) for queue, count in asked] == covered


def test_idle_slots_of_any_resource_are_taken_before_coming_ones() -> None:
    made = cover(SHARED, {"b": 1}, {"a": 5})
    made.take("x", 2)
    assert made.used("b", Kind.IDLE) == 1
    assert made.used("a", Kind.COMING) == 1
    assert made.used("a", Kind.IDLE) == 0


def test_the_resource_that_is_named_first_is_taken_first() -> None:
    made = cover(SHARED, {"a": 5, "b": 5})
    made.take("x", 3)
    assert (made.used("a", Kind.IDLE), made.used("b", Kind.IDLE)) == (3, 0)


def test_slots_that_come_later_are_offered_to_the_next_who_asks() -> None:
    made = cover(SHARED, {})
    assert made.take("y", 2) == 0
    made.add("a", Kind.COMING, 2)
    assert made.take("y", 3) == 2


def best(serves: Serves, slots: dict[str, int], wants: Sequence[tuple[str, int]]) -> list[int]:
    """The most tasks that each queue can have, given what the queues before it must have."""
    resources = sorted(slots)

    @cache
    def fits(needs: tuple[tuple[str, int], ...], free: tuple[int, ...]) -> bool:
        """Whether all needs can be met: tries every slot for the next task."""
        if not needs:
            return True
        (queue, count), *rest = needs
        if not count:
            return fits(tuple(rest), free)
        return any(
            free[i]
            and resource in serves[queue]
            and fits(((queue, count - 1), *rest), (*free[:i], free[i] - 1, *free[i + 1 :]))
            for i, resource in enumerate(resources)
        )

    free = tuple(slots[resource] for resource in resources)
    kept: list[tuple[str, int]] = []
    for queue, want in wants:
        most = max(n for n in range(want + 1) if fits((*kept, (queue, n)), free))
        kept.append((queue, most))
    return [count for _, count in kept]


NAMES = ("a", "b", "c")
small = st.integers(0, 3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    serves=st.fixed_dictionaries(
        {queue: st.lists(st.sampled_from(NAMES), unique=True) for queue in "wxyz"}
    ),
    idle=st.fixed_dictionaries(dict.fromkeys(NAMES, small)),
    coming=st.fixed_dictionaries(dict.fromkeys(NAMES, small)),
    wants=st.fixed_dictionaries(dict.fromkeys("wxyz", small)),
)
def test_no_assignment_is_better(
    serves: Serves, idle: dict[str, int], coming: dict[str, int], wants: dict[str, int]
) -> None:
    made = cover(serves, idle, coming)
    taken = [made.take(queue, count) for queue, count in wants.items()]
    slots = {name: idle[name] + coming[name] for name in NAMES}
    assert taken == best(serves, slots, list(wants.items()))
    used = [(name, kind, made.used(name, kind)) for name in NAMES for kind in Kind]
    assert sum(count for *_, count in used) == sum(taken)
    assert all(0 <= count <= (idle, coming)[kind][name] for name, kind, count in used)
