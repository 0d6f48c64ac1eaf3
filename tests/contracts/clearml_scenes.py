"""What happens in a ClearML world before somebody looks at it."""

from autoscaler.world.clearml import ClearML, Move

HIDDEN = "k8s-glue"
WORKER = "aws1:gpu:g4dn.xlarge:i-0abc"


def line_up(world: ClearML, queue_id: str, *names: str) -> list[str]:
    """Enqueue a new task of each name; their ids."""
    ids = [world.tasks.create(name).id for name in names]
    for task_id in ids:
        world.tasks.enqueue(task_id, queue_id)
    return ids


def pop(world: ClearML, queue_id: str) -> str:
    entry = world.queues.pop(queue_id)
    assert entry
    return entry.task


def start(world: ClearML, task_id: str, worker: str = WORKER) -> None:
    world.tasks.started(task_id, Move(force=True))
    world.workers.report(worker, user=world.user, task=task_id)
