"""What ClearML's own autoscaler gets wrong (features.md, section 6), and this one must not."""

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase
from autoscaler.core.seen import PAUSE_TAG
from autoscaler.errors import UnavailableError
from tests.services.line import CrashError, crash
from tests.services.stage import MINUTE, SECOND, Stage, deployment, offerings, resource


@pytest.mark.parametrize(
    "call", ["workers.read", "queues.read", "cloud.machines", "state.live", "topic.publish"]
)
def test_b1_an_exception_anywhere_and_a_restart_still_give_three_machines(call: str) -> None:
    stage = Stage()
    stage.enqueue(tasks=3)
    stage.play()
    stage.line.before(call, crash)
    with pytest.raises(CrashError):
        stage.play(MINUTE)
    stage.restart()
    stage.minutes(5)
    assert len(stage.cloud.living()) == 3
    assert len(stage.cloud.calls) == 1


def test_b4_the_second_resource_gets_exactly_the_remainder() -> None:
    cheap = resource("cheap", max_instances=2)
    dear = resource("dear", max_instances=5, offerings=offerings("dear"))
    stage = Stage(cheap, dear)
    stage.enqueue(tasks=3)
    stage.minutes(3)
    assert sorted(m.resource for m in stage.cloud.living()) == ["cheap", "cheap", "dear"]


def test_b5_one_task_that_is_stuck_keeps_one_idle_machine_and_not_all() -> None:
    stage = Stage(resource(max_instances=10, max_idle=MINUTE))
    stage.start(machines=10)
    stage.agents.finish()
    stage.enqueue()
    stage.minutes(4)
    assert len(stage.cloud.living()) == 1
    assert Cause.KEPT_FOR_WAITING in stage.causes()


def test_b6_a_worker_whose_machine_is_gone_is_no_capacity() -> None:
    stage = Stage(resource(max_instances=5))
    ghost, _ = stage.start(machines=2)
    stage.agents.finish_one(ghost.worker)
    stage.play(MINUTE)
    stage.cloud.end(ghost.instance_id, "powered off")
    stage.enqueue()
    stage.tick(SECOND)
    assert ghost.worker in {worker.id for worker in stage.workers.read(["dyn"])}
    stage.deliver()
    assert len(stage.cloud.living()) == 2
    assert stage.phases() == [Phase.BOOTING, Phase.GONE, Phase.UP]


def test_b7_a_task_that_is_popped_in_the_window_survives() -> None:
    stage = Stage(resource(max_idle=MINUTE))
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.enqueue()
    stage.line.before("cloud.drain", lambda: stage.agents.pop(row.worker))
    stage.clearml.queues.update(stage.queues.read(["cpu"])[0].id, tags=[PAUSE_TAG])
    stage.play(MINUTE)
    assert stage.cloud.drains
    stage.agents.begin(row.worker)
    stage.minutes(5)
    assert (len(stage.agents.running), stage.phases()) == (1, [Phase.UP])


def test_b10_a_machine_that_started_while_the_process_died_is_found_and_not_doubled() -> None:
    stage = Stage()
    stage.enqueue()
    stage.line.after("cloud.launch", crash)
    with pytest.raises(CrashError):
        stage.play()
    stage.restart()
    stage.minutes(5)
    assert (len(stage.cloud.living()), stage.phases()) == (1, [Phase.BOOTING])
    assert len({order.token for order in stage.cloud.calls}) == 1


def test_b12_a_terminate_that_failed_is_tried_again() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.operator.terminate(row.key, "")

    def fails() -> None:
        raise UnavailableError("timeout")

    stage.line.before("cloud.terminate", fails)
    with pytest.raises(UnavailableError):
        stage.play(SECOND)
    assert stage.phases() == [Phase.TERMINATING]
    stage.play(MINUTE)
    assert stage.cloud.living() == []


def test_b14_a_machine_whose_agent_died_counts_until_it_is_gone_and_then_is_replaced() -> None:
    stage = Stage(resource(max_instances=1, max_spin_up=5 * MINUTE))
    (row,) = stage.start()
    stage.agents.finish()
    stage.agents.mute.add(row.worker)
    stage.enqueue()
    stage.clearml.workers.unregister(row.worker, user=stage.clearml.user)
    stage.minutes(5)
    assert [m.instance_id for m in stage.cloud.living()] == [row.instance_id]
    stage.minutes(3)
    assert [m.instance_id == row.instance_id for m in stage.cloud.living()] == [False]


def test_b16_a_hidden_queue_among_five_hundred_is_served() -> None:
    stage = Stage(resource(queues=("hidden",)))
    queue = stage.clearml.queues.find("hidden")
    assert queue
    stage.clearml.queues.update(queue.id, system_tags=["k8s-glue"])
    for number in range(500):
        stage.clearml.queues.create(f"queue-{number}")
    stage.enqueue("hidden")
    stage.play()
    assert len(stage.cloud.living()) == 1


@pytest.mark.parametrize("bad", ["deleted", "paused"])
def test_b17_one_bad_queue_stops_only_itself(bad: str) -> None:
    stage = Stage(resource("cpu"), resource("gpu", queues=("gpu",)))
    (queue,) = stage.queues.read(["cpu"])
    stage.enqueue("cpu")
    stage.enqueue("gpu")
    if bad == "deleted":
        stage.clearml.queues.delete(queue.id, force=True)
    else:
        stage.clearml.queues.update(queue.id, tags=[PAUSE_TAG])
    stage.minutes(3)
    assert [m.resource for m in stage.cloud.living()] == ["gpu"]
    cause = Cause.QUEUE_MISSING if bad == "deleted" else Cause.QUEUE_PAUSED
    assert stage.did_not(cause).queue == "cpu"


def test_b22_two_deployments_with_one_prefix_leave_each_others_machines_alone() -> None:
    mine = Stage(resource(max_idle=MINUTE))
    theirs = Stage(wanted=deployment(name="another"))
    theirs.enqueue(tasks=2)
    theirs.play()
    for machine in theirs.cloud.living():
        worker = f"dyn:cpu:small:their-{machine.instance_id}"
        mine.cloud.intrude(machine.model_copy(update={"instance_id": worker, "worker": worker}))
        mine.clearml.workers.register(worker, user=mine.clearml.user)
    mine.enqueue()
    mine.minutes(20)
    assert len(mine.cloud.living()) == 3
    assert len(mine.cloud.calls) == 1
    assert len(mine.instances()) == 1
