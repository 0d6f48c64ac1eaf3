"""How often a tick asks its ports: as often for many machines and queues as for few."""

from collections import Counter

from autoscaler.core.ledger import Repair
from autoscaler.services.forget import EVERY
from tests.services.crowd import at_work
from tests.services.stage import MINUTE, Stage


def test_a_tick_makes_no_call_for_each_queue_or_machine() -> None:
    assert calls(at_work(machines=64, queues=32)) == calls(at_work(machines=8, queues=8))


def test_nor_for_each_task_that_lost_its_machine() -> None:
    def lost(stage: Stage) -> Stage:
        """Every task that runs has lost a machine before; the next tick asks what became of it."""
        stage.minutes(EVERY - 1 - stage.fence().gen % EVERY)
        tasks = stage.agents.running.values()
        stage.state.commit(put=[repair(stage, task) for task in tasks])
        return stage

    few, many = (calls(lost(at_work(machines, queues=8))) for machines in (8, 64))
    assert few == many
    assert many["tasks.read"] == 1


def repair(stage: Stage, task: str) -> Repair:
    now = stage.clock.now()
    return Repair(key=task, instance="L0.0", queue="q", count=1, at=now, claim_until=None)


def calls(stage: Stage) -> Counter[str]:
    stage.line.calls.clear()
    stage.tick(MINUTE)
    return Counter(stage.line.calls)
