"""The model: values and rules, without I/O, clock or randomness of its own."""

from autoscaler.world.clearml.clearml import ClearML
from autoscaler.world.clearml.errors import RefusedError
from autoscaler.world.clearml.model import (
    Entry,
    Event,
    Queue,
    Status,
    Task,
    User,
    Worker,
)
from autoscaler.world.clearml.tasks import Move

__all__ = [
    "ClearML",
    "Entry",
    "Event",
    "Move",
    "Queue",
    "RefusedError",
    "Status",
    "Task",
    "User",
    "Worker",
]
