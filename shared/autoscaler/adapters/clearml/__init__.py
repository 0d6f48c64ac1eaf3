"""ClearML over its HTTP API: the ports Queues, Workers and Tasks. The only home of urllib3."""

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.envelope import MissingEndpointError, RejectedError
from autoscaler.adapters.clearml.queues import ClearmlQueues
from autoscaler.adapters.clearml.ran import ran_since
from autoscaler.adapters.clearml.settings import ClearmlSettings
from autoscaler.adapters.clearml.task_settings import task_settings
from autoscaler.adapters.clearml.tasks import ClearmlTasks
from autoscaler.adapters.clearml.users import ClearmlUser, current_user
from autoscaler.adapters.clearml.workers import ClearmlWorkers

__all__ = [
    "ClearmlClient",
    "ClearmlQueues",
    "ClearmlSettings",
    "ClearmlTasks",
    "ClearmlUser",
    "ClearmlWorkers",
    "MissingEndpointError",
    "RejectedError",
    "current_user",
    "ran_since",
    "task_settings",
]
