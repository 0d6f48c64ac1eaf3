"""Messages are pointers: lost, doubled or late, they change nothing but time (R14)."""

from datetime import timedelta

from autoscaler.adapters.memory.topic import MemoryTopic
from autoscaler.core.ledger import Phase
from autoscaler.ports import Message
from tests.services.stage import MINUTE, SECOND, Stage, resource

QUICK = resource(max_idle=2 * MINUTE)


def lose_messages(stage: Stage) -> list[Message]:
    return list(stage.topic.receive(stage.clock.now()))


def test_r14_a_lost_pointer_to_a_launch_is_published_again_at_its_appointment() -> None:
    stage = Stage(QUICK)
    stage.enqueue()
    stage.tick()
    lose_messages(stage)
    stage.play(30 * SECOND)
    assert stage.cloud.calls == []
    stage.play(30 * SECOND)
    assert len(stage.cloud.living()) == 1


def test_r14_a_lost_pointer_to_a_drain_is_published_again_at_its_appointment() -> None:
    stage = Stage(QUICK)
    stage.start()
    stage.agents.finish()
    stage.minutes(2)
    stage.tick(MINUTE)
    assert stage.phases() == [Phase.DRAINING]
    lose_messages(stage)
    stage.play(30 * SECOND)
    assert len(stage.cloud.living()) == 1
    stage.play(30 * SECOND)
    assert stage.cloud.living() == []


def test_r14_with_every_second_message_lost_the_work_is_still_done() -> None:
    stage = Stage(QUICK)
    stage.topic = MemoryTopic(seed=1, lost=0.5, doubled=0.5, reordered=0.5, delay=MINUTE)
    stage.rewire()
    stage.enqueue(tasks=3)
    stage.minutes(6)
    stage.agents.register()
    stage.agents.work()
    stage.play(MINUTE)
    assert len(stage.agents.running) == 3
    stage.agents.finish()
    stage.minutes(15)
    assert (stage.cloud.living(), len(stage.cloud.calls)) == ([], 1)


def test_r14_every_message_comes_again_a_week_later_and_nothing_happens() -> None:
    stage = Stage(QUICK)
    stage.start(machines=2)
    stage.agents.finish()
    stage.minutes(7)
    stage.start()
    stage.clock.advance(timedelta(days=7))
    stage.agents.report()
    rows, calls, drains = stage.state.live(), len(stage.cloud.calls), len(stage.cloud.drains)
    living = stage.cloud.living()
    for message in reversed(stage.topic.published):
        stage.hand_over(message)
    assert stage.state.live() == rows
    assert (len(stage.cloud.calls), len(stage.cloud.drains)) == (calls, drains)
    assert stage.cloud.living() == living


def test_r14_a_pointer_that_is_doubled_is_done_once() -> None:
    stage = Stage(QUICK)
    stage.topic = MemoryTopic(doubled=1)
    stage.rewire()
    stage.enqueue(tasks=3)
    stage.play()
    assert len(stage.cloud.calls) == 1
    assert len(stage.cloud.living()) == 3


def test_messages_carry_a_pointer_a_reason_and_no_counts() -> None:
    stage = Stage(QUICK)
    stage.enqueue(tasks=3)
    tick = stage.tick()
    launch, poke = lose_messages(stage)
    assert (launch.kind, launch.id, launch.gen) == ("launch", tick.ordered[0], tick.gen)
    assert launch.reason == stage.launch().reason
    assert (poke.kind, poke.id) == ("poke", "")
    assert {message.deployment for message in (launch, poke)} == {"stage"}
