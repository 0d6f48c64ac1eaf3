"""Which status may follow which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLLOWERS: Mapping[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.QUEUED, Status.IN_PROGRESS}),
    Status.QUEUED: frozenset({Status.CREATED, Status.IN_PROGRESS, Status.STOPPED}),
    Status.IN_PROGRESS: frozenset(
        {Status.STOPPED, Status.FAILED, Status.CREATED, Status.COMPLETED}
    ),
    Status.STOPPED: frozenset(
        {
            Status.QUEUED,
            Status.IN_PROGRESS,
            Status.CREATED,
            Status.FAILED,
            Status.COMPLETED,
            Status.PUBLISHED,
        }
    ),
    Status.FAILED: frozenset({Status.QUEUED, Status.CREATED, Status.STOPPED}),
    Status.COMPLETED: frozenset({Status.IN_PROGRESS, Status.CREATED, Status.PUBLISHED}),
    Status.PUBLISHED: frozenset(),
}


def check_move(current: Status, new: Status, *, force: bool) -> None:
    """Raise RefusedError 110 when the move is not allowed. Staying where one is always is."""
    if force or new == current or new in FOLLOWERS[current]:
        return
    raise errors.invalid_status_change(current, new)
