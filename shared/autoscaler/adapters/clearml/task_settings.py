"""What a task is set to."""

from typing import Any

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.envelope import RejectedError
from autoscaler.errors import ConfigError, Problem


def task_settings(client: ClearmlClient, task: str) -> dict[str, Any]:
    """Hyperparameters and configuration objects, as the server shows them.

    ConfigError when this user sees no such task.
    """
    try:
        found = client.call("tasks.get_by_id", {"task": task}).get("task")
    except RejectedError as error:
        remedy = f"ClearML shows no such task to this user: copy its id ({error})"
        raise ConfigError(Problem("task", task, remedy)) from error
    return found if isinstance(found, dict) else {}
