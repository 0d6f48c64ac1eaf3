"""What the ports Queues, Workers and Tasks promise, against any face of the same world."""

from tests.contracts.clearml_queues import QueuesContract
from tests.contracts.clearml_tasks import TasksContract
from tests.contracts.clearml_workers import WorkersContract


class ClearmlContract(QueuesContract, WorkersContract, TasksContract):
    """A subclass gives `world` and the three ports over it."""
