"""A message that is given up is told of with the next tick."""

from datetime import timedelta

from autoscaler.adapters.local.topic import InProcessTopic
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.core.seen import Snapshot
from autoscaler.errors import AutoscalerError, PoisonError, UnavailableError
from autoscaler.hosts.dead_letters import telling
from autoscaler.ports import Message
from autoscaler.services.poll import Tick
from tests.core.make import NOW

TICK = Tick(at=NOW, seen=Snapshot(now=NOW))


class Host:
    """A topic, and who hears of it."""

    def __init__(self) -> None:
        self.topic = InProcessTopic()
        self.notifier = MemoryNotifier()
        self.errors: list[AutoscalerError] = []
        self.ticks: list[Tick] = []
        self.heard = telling(
            self.topic, self.notifier, FixedClock(NOW), self.ticks.append, self.errors.append
        )

    def bury(self, id: str) -> None:
        message = Message(kind="reap", deployment="d", id=id, gen=1, reason="", at=NOW)
        self.topic.publish([message])
        (delivery,) = self.topic.receive(NOW + timedelta(days=1))
        self.topic.nack(delivery, NOW, PoisonError("unknown kind"))


def test_each_is_told_of_once_and_the_tick_is_heard_all_the_same() -> None:
    host = Host()
    host.heard(TICK)
    host.bury("L1.0")
    host.heard(TICK)
    host.heard(TICK)
    assert [notice.subject for notice in host.notifier.told] == ["L1.0"]
    assert host.ticks == [TICK] * 3


def test_one_that_cannot_be_told_of_is_an_error_that_stops_nothing() -> None:
    host = Host()
    host.notifier.broken = UnavailableError("the webhook answered 503")
    host.bury("L1.0")
    host.heard(TICK)
    assert [str(error) for error in host.errors] == ["the webhook answered 503"]
    assert host.ticks == [TICK]
