"""What cannot be read is not acted on, and nothing is forgotten meanwhile (R16)."""

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.services.poll import Poller
from tests.services.scripts import FULL, says
from tests.services.stage import MINUTE, SECOND, Stage, offerings, resource

DOWN = UnavailableError("connection refused")
QUICK = resource(max_idle=2 * MINUTE, max_spin_up=5 * MINUTE)


def idle() -> Stage:
    """Two machines that are about to have been idle for too long."""
    stage = Stage(QUICK)
    stage.start(machines=2)
    stage.agents.finish()
    stage.play(MINUTE)
    return stage


@pytest.mark.parametrize("port", ["queues", "workers"])
def test_r16_while_clearml_is_unreadable_nothing_is_started_or_stopped(port: str) -> None:
    stage = idle()
    stage.enqueue(tasks=5)
    broken = getattr(stage, port)
    broken.broken = DOWN
    stage.minutes(10)
    assert (len(stage.cloud.living()), stage.phases()) == (2, [Phase.UP] * 2)
    verdict = stage.did_not(Cause.CLEARML_UNREADABLE)
    assert "connection refused" in verdict.reason
    broken.broken = None
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 3


def test_r16_refused_credentials_are_told_as_such_with_the_remedy() -> None:
    stage = idle()
    stage.break_clearml(CredentialsError("401: unauthorized"))
    stage.minutes(10)
    assert len(stage.cloud.living()) == 2
    assert stage.causes() == {Cause.CREDENTIALS_REFUSED}
    assert stage.did_not(Cause.CREDENTIALS_REFUSED).remedy.startswith("check clearml.access_key")


def test_r16_what_was_idle_before_an_outage_is_drained_after_it() -> None:
    stage = idle()
    stage.break_clearml(DOWN)
    stage.minutes(2)
    stage.break_clearml(None)
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_r16_a_machine_that_boots_during_an_outage_is_not_taken_for_a_failed_boot() -> None:
    stage = Stage(QUICK)
    stage.enqueue()
    stage.play()
    stage.break_clearml(DOWN)
    stage.agents.register()
    stage.minutes(10)
    stage.break_clearml(None)
    stage.play(MINUTE)
    assert stage.phases() == [Phase.UP]
    assert len(stage.cloud.calls) == 1


def test_r16_machines_that_cannot_be_listed_are_neither_stopped_nor_forgotten() -> None:
    stage = idle()
    stage.cloud.broken = UnavailableError("RequestLimitExceeded")
    stage.minutes(10)
    assert stage.phases() == [Phase.UP] * 2
    assert [row.missing_since for row in stage.instances()] == [None, None]
    verdict = stage.did_not(Cause.MACHINES_UNREADABLE)
    assert verdict.reason.endswith("RequestLimitExceeded")
    stage.cloud.broken = None
    stage.minutes(2)
    assert stage.cloud.living() == []


def test_r16_while_machines_cannot_be_listed_what_boots_still_counts() -> None:
    stage = Stage(QUICK)
    stage.enqueue(tasks=2)
    stage.play()
    stage.cloud.broken = DOWN
    stage.minutes(4)
    assert len(stage.cloud.living()) == 2
    assert Cause.COVERED in stage.causes()


def test_r16_a_listing_that_failed_does_not_settle_a_call_nor_close_its_launch() -> None:
    stage = Stage(resource(max_instances=1))
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue()
    stage.play()
    stage.topic.receive(stage.clock.now())
    stage.cloud.broken = DOWN
    for _ in range(25):
        stage.tick(MINUTE)
    assert (stage.launch().unsettled, stage.phases()) == (True, [Phase.REQUESTED])
    stage.cloud.broken = None
    stage.tick(MINUTE)
    assert stage.phases() == [Phase.BOOTING]


def test_a_queue_that_is_deleted_stops_only_what_it_asked_for() -> None:
    both = (resource("cpu"), resource("gpu", queues=("gpu",), offerings=offerings("big")))
    stage = Stage(*both)
    stage.start()
    stage.clearml.queues.delete(stage.queues.read(["cpu"])[0].id)
    stage.enqueue("gpu")
    stage.play(MINUTE)
    assert {m.type for m in stage.cloud.living()} == {"small", "big"}
    assert stage.did_not(Cause.QUEUE_MISSING).queue == "cpu"
    stage.agents.finish()
    stage.minutes(20)
    assert {m.type for m in stage.cloud.living()} == {"big"}


def test_a_missing_queue_is_made_when_that_is_wanted_and_only_then() -> None:
    stage = Stage()
    stage.clearml.queues.delete(stage.queues.read(["cpu"])[0].id)
    stage.play()
    assert stage.queues.read(["cpu"]) == []
    Poller(stage.deployment, stage.ports, owner="one", create_missing=True).tick()
    assert [queue.name for queue in stage.queues.read(["cpu"])] == ["cpu"]


def test_a_topic_that_fails_costs_a_tick_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()

    def fails() -> None:
        raise DOWN

    stage.line.before("topic.publish", fails)
    stage.enqueue()
    stage.play()
    assert (stage.phases(), stage.cloud.calls) == ([Phase.REQUESTED], [])
    assert "publish_failed" in caplog.messages
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 1


def test_a_topic_that_fails_behind_a_refusal_costs_a_tick_and_nothing_else() -> None:
    stage = Stage(resource(offerings=offerings("small", "large")))
    stage.cloud.answers.append(says(FULL))
    stage.enqueue()
    stage.tick()

    def fails() -> None:
        raise DOWN

    stage.line.before("topic.publish", fails)
    stage.deliver()
    assert (stage.phases(), stage.launch().unsettled) == ([Phase.REQUESTED], False)
    stage.play(SECOND)
    assert [m.type for m in stage.cloud.living()] == ["large"]


def test_a_drain_that_cannot_be_ordered_is_ordered_again() -> None:
    stage = idle()
    stage.tick(2 * MINUTE)

    def fails() -> None:
        raise DOWN

    stage.line.before("cloud.drain", fails)
    with pytest.raises(UnavailableError):
        stage.deliver()
    stage.minutes(2)
    assert stage.cloud.living() == []
