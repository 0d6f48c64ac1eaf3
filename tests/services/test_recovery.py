"""Tables that were lost or put back, and neighbours that look like us."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Event, Fence, Instance, Launch, Phase, Row
from autoscaler.world.clearml import Status
from tests.services.stage import MINUTE, Stage, resource


def copied(stage: Stage) -> list[Row]:
    """The table's rows, as a backup keeps them."""
    return list(stage.state.live())


def restore(stage: Stage, rows: list[Row]) -> None:
    """The table as it was, whatever happened since."""
    stage.state.commit(remove=stage.state.live())
    fresh = [row.model_copy(update={"revision": 0}) for row in rows]
    stage.state.commit(put=fresh)


def test_machines_launched_after_the_copy_are_adopted_and_keep_their_tasks() -> None:
    stage = Stage(resource(max_instances=3))
    stage.start()
    backup = copied(stage)
    stage.start(machines=2)
    tasks = set(stage.agents.running.values())
    restore(stage, backup)
    stage.enqueue(tasks=5)
    stage.minutes(3)
    assert len(stage.cloud.living()) == 3
    assert len(stage.instances(Phase.UP)) == 3
    assert {stage.clearml.tasks.get(task).status for task in tasks} == {Status.IN_PROGRESS}
    assert stage.did_not(Cause.RESOURCE_MAX).count == 5


def test_an_order_that_the_copy_holds_uncalled_is_called_with_the_token_it_had() -> None:
    stage = Stage(resource(max_instances=3))
    stage.order(tasks=2)
    backup = copied(stage)
    stage.deliver()
    restore(stage, backup)
    stage.play(MINUTE)
    stage.minutes(2)
    assert len(stage.cloud.living()) == 2
    assert len({order.token for order in stage.cloud.calls}) == 1


def test_machines_that_ended_after_the_copy_are_given_up_with_proof() -> None:
    stage = Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.agents.finish()
    backup = copied(stage)
    stage.cloud.end(row.instance_id, "drained")
    stage.minutes(4)
    restore(stage, backup)
    stage.play(MINUTE)
    assert stage.instance(row.key).phase == Phase.GONE


def test_a_neighbour_with_our_prefix_is_neither_counted_nor_drained() -> None:
    stage = Stage(resource(max_instances=2, max_idle=MINUTE))
    stage.clearml.workers.register(
        "dyn:cpu:small:theirs",
        user=stage.clearml.user,
        queues=[stage.queues.read(["cpu"])[0].id],
    )
    stage.enqueue(tasks=2)
    stage.play()
    assert len(stage.cloud.living()) == 2, "their idle worker is no capacity of ours"
    stage.minutes(5)
    assert "dyn:cpu:small:theirs" in {worker.id for worker in stage.workers.read(["dyn"])}


def test_rows_without_the_attributes_of_this_version_are_understood() -> None:
    stage = Stage()
    stage.start()
    old = ("queue_ids", "lost", "settled")
    rows = [row.model_dump(exclude=set(old)) for row in stage.instances()]
    assert [Instance.model_validate(row) for row in rows] != []
    stage.agents.finish()
    stage.state.commit(
        put=[Instance.model_validate({**row, "revision": row["revision"]}) for row in rows]
    )
    stage.minutes(25)
    assert stage.cloud.living() == []
    assert stage.instances() == []


def test_after_a_lost_table_explain_says_what_is_waited_for() -> None:
    stage = Stage()
    stage.start()
    stage.lose_the_table()
    stage.enqueue(tasks=2)
    stage.play(MINUTE)
    verdict = stage.did_not(Cause.RECOVERING)
    assert "adopted first" in verdict.reason
    assert [row for row in copied(stage) if isinstance(row, Launch)] == []
    stage.play(timedelta(minutes=4))
    assert len(stage.cloud.living()) == 3
    adopted = [e for e in stage.state.history() if isinstance(e, Event) and "adopted" in e.reason]
    assert len(adopted) == 1
    assert any(isinstance(row, Fence) for row in copied(stage))
