"""How often a tick asks its ports: as often for many machines and queues as for few."""

from collections import Counter

from tests.services.crowd import at_work
from tests.services.stage import MINUTE, Stage


def test_a_tick_makes_no_call_for_each_queue_or_machine() -> None:
    assert calls(at_work(machines=64, queues=32)) == calls(at_work(machines=8, queues=8))


def calls(stage: Stage) -> Counter[str]:
    stage.line.calls.clear()
    stage.tick(MINUTE)
    return Counter(stage.line.calls)
