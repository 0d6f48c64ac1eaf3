"""The tasks of a server's past: which count, and when each was submitted."""

from datetime import UTC, datetime, timedelta

import pytest

from autoscaler.core.ran import Ran
from autoscaler.errors import ConfigError
from autoscaler.simulate.past import past

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = {"q1": "gpu", "q2": "other"}


def hours(count: float) -> datetime:
    return SINCE + timedelta(hours=count)


def ran(created: float, started: float | None, ended: float, queue: str = "q1") -> Ran:
    """All in hours since then."""
    begun = None if started is None else hours(started)
    return Ran(id="t", queue=queue, created=hours(created), started=begun, ended=hours(ended))


@pytest.mark.parametrize(
    ("created", "started", "submitted"),
    [
        pytest.param(2, 3, 2, id="when it was created"),
        pytest.param(2, 26, 2, id="even if it waited for a day"),
        pytest.param(2, 26.1, 26.1, id="not so if it had been a draft"),
        pytest.param(-3, 1, 0, id="not before the time that was asked for"),
    ],
)
def test_a_task_counts_as_submitted(created: float, started: float, submitted: float) -> None:
    work, _ = past([ran(created, started, started + 2)], NAMES, ["gpu"], SINCE)
    (task,) = work.tasks()

    assert task.submit_s == pytest.approx(submitted * 3600)
    assert task.duration_s == pytest.approx(7200)
    assert task.queue == "gpu"
    assert work.start == SINCE


def test_tasks_come_in_the_order_of_their_submission() -> None:
    work, _ = past([ran(5, 6, 7), ran(1, 2, 9)], NAMES, ["gpu"], SINCE)

    assert [task.submit_s / 3600 for task in work.tasks()] == [1, 5]


def test_what_is_left_out_is_said_with_its_share() -> None:
    found = [
        ran(1, 2, 3),
        ran(1, 50, 51),
        ran(1, 2, 3, queue=""),
        ran(1, 2, 3, queue="q2"),
        ran(1, 2, 3, queue="gone"),
        ran(1, None, 3),
        ran(-9, -1, 3),
        ran(1, 2, 3, queue=""),
    ]
    _, (told, method) = past(found, NAMES, ["gpu"], SINCE)

    assert told == (
        "2 of 8 tasks that ended are simulated; left out are 75 %: 2 never stood in a queue,"
        " 2 stood in a queue that no resource serves, 1 never began, 1 began before that time"
    )
    assert method.endswith("that was more than 24 h later (1 of 2 tasks)")


def test_nothing_left_out_is_not_spoken_of() -> None:
    _, (told, _) = past([ran(1, 2, 3)], NAMES, ["gpu"], SINCE)

    assert told == "1 of 1 task that ended are simulated"


def test_nothing_to_simulate_is_a_mistake_that_says_why() -> None:
    with pytest.raises(ConfigError, match=r"nothing to simulate: 0 of 1 task .* no resource"):
        past([ran(1, 2, 3, queue="q2")], NAMES, ["gpu"], SINCE)
