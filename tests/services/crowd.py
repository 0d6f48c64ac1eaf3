"""A stage with many machines, as a large deployment has them on a busy day."""

from autoscaler.core.ledger import Phase
from tests.services.stage import Stage, resource

QUEUES_EACH = 4


def at_work(machines: int, queues: int) -> Stage:
    """Every machine runs a task, tasks wait in half of the queues, and all maximums are used."""
    most = machines * QUEUES_EACH // queues
    resources = [
        resource(
            f"r{number}",
            queues=tuple(f"q{number}-{each}" for each in range(QUEUES_EACH)),
            max_instances=most,
        )
        for number in range(queues // QUEUES_EACH)
    ]
    stage = Stage(*resources)
    for each in resources:
        for number, queue in enumerate(each.queues):
            stage.enqueue(queue, most // QUEUES_EACH + number % 2)
    stage.play()
    stage.agents.register()
    stage.agents.work()
    stage.minutes(6)
    assert len(stage.instances(Phase.UP)) == len(stage.agents.running) == machines
    return stage
