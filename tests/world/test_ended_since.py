"""Tasks by the time at which their status last changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from autoscaler.world.clearml import ClearML
    from tests.world.model import Caller


@pytest.mark.parametrize(
    ("sign", "offset", "found"),
    [
        pytest.param(">=", 0, True, id="from that time on"),
        pytest.param(">", 0, False, id="after that time"),
        pytest.param("<=", 0, True, id="until that time"),
        pytest.param("<", 0, False, id="before that time"),
        pytest.param("", 0, True, id="at that time"),
        pytest.param(">=", 1, False, id="a second too late"),
        pytest.param("<", 1, True, id="a second before"),
    ],
)
def test_tasks_are_found_by_when_their_status_changed(
    world: ClearML, caller: Caller, sign: str, offset: int, found: bool
) -> None:
    task = world.tasks.create("work")
    limit = (task.status_changed + timedelta(seconds=offset)).replace(tzinfo=None)
    answer = caller.ask("tasks.get_all", status_changed=[f"{sign}{limit.isoformat()}"])

    assert [each["id"] for each in answer["tasks"]] == ([task.id] if found else [])


def test_several_limits_hold_together(world: ClearML, caller: Caller) -> None:
    world.tasks.create("work")
    never = ["<2000-01-01T00:00:00", ">=1999-01-01T00:00:00"]

    assert caller.ask("tasks.get_all", status_changed=never)["tasks"] == []


def test_what_is_no_time_is_refused(world: ClearML, caller: Caller) -> None:
    world.tasks.create("work")

    assert caller.refusal("tasks.get_all", status_changed=[">=yesterday"]) == (400, 12)
