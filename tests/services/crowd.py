"""A stage with many machines, as a large deployment has them on a busy day."""

from autoscaler.core.ledger import Phase
from tests.services.stage import Stage, resource

QUEUES_EACH = 4


def at_work(machines: int, queues: int, queues_each: int = QUEUES_EACH) -> Stage:
    """Every machine runs a task, tasks wait in half of the queues, and all maximums are used.

    `queues_each`: of a resource; with one queue each no task waits.
    """
    most = machines * queues_each // queues
    resources = [
        resource(
            f"r{number}",
            queues=tuple(f"q{number}-{each}" for each in range(queues_each)),
            max_instances=most,
        )
        for number in range(queues // queues_each)
    ]
    stage = Stage(*resources)
    for each in resources:
        for number, queue in enumerate(each.queues):
            stage.enqueue(queue, most // queues_each + number % 2)
    stage.play()
    stage.agents.register()
    stage.agents.work()
    stage.minutes(6)
    assert len(stage.instances(Phase.UP)) == len(stage.agents.running) == machines
    return stage
