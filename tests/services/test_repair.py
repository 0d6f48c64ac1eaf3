"""Tasks that lose their machine come back to the front of their queue, once, and say why."""

from datetime import timedelta

import pytest

from autoscaler.core.fleet import OnLost
from autoscaler.core.ledger import Event, Instance, Repair
from autoscaler.core.repair import UNREPORTED
from autoscaler.errors import UnavailableError
from autoscaler.services.repair import Repairer
from autoscaler.world.clearml import Move, Status
from tests.services.line import CrashError, crash, nothing
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

PATIENCE = timedelta(seconds=120)


def lost(stage: Stage | None = None) -> tuple[Stage, str, Instance]:
    """A machine that runs a task has just died; another task waits behind it."""
    stage = stage or Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.play(MINUTE)
    (task,) = stage.agents.running.values()
    stage.enqueue()
    stage.cloud.end(row.instance_id, "reclaimed")
    return stage, task, row


def test_a_task_that_ran_on_it_goes_back_to_the_front_of_its_queue() -> None:
    stage, task, row = lost()
    stage.play(MINUTE)
    assert stage.line_up()[0] == task
    assert len(stage.line_up()) == 2
    assert stage.repair(task).outcome == "back at the front of its queue"
    told = [e for e in stage.state.history(subject=row.key) if isinstance(e, Event)]
    assert f"lost task {task}" in [event.event for event in told]


def test_people_read_in_clearml_why_it_was_stopped_and_why_it_waits_again() -> None:
    stage, task, row = lost()
    reasons: list[str] = []

    def read() -> None:
        reasons.append(stage.clearml.tasks.get(task).status_reason)

    stage.line.before("tasks.enqueue", read)
    stage.line.after("tasks.enqueue", read)
    stage.play(MINUTE)
    assert reasons == 2 * [f"its machine {row.instance_id} was lost (reclaimed)"]


def test_its_workers_leave_clearml_s_list() -> None:
    stage, _, row = lost()
    stage.play(MINUTE)
    assert not [w for w in stage.workers.read(["dyn"]) if w.id == row.worker]


def test_a_task_that_was_popped_and_never_reported_comes_back_after_two_minutes() -> None:
    stage = Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    (task,) = stage.enqueue()
    stage.agents.pop(row.worker)
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.play(MINUTE)
    assert stage.line_up() == []
    stage.play(PATIENCE - SECOND)
    assert stage.line_up() == []
    stage.play(MINUTE)
    assert stage.line_up() == [task]


def test_a_task_that_another_machine_popped_meanwhile_is_left_to_it() -> None:
    stage = Stage(resource(max_instances=2))
    dead, alive = stage.start(machines=2)
    stage.agents.finish()
    stage.play(MINUTE)
    (task,) = stage.enqueue()
    stage.cloud.end(dead.instance_id, "reclaimed")
    stage.agents.pop(alive.worker)
    stage.play(SECOND)
    stage.agents.begin(alive.worker)
    stage.minutes(4)
    assert stage.clearml.tasks.get(task).status is Status.IN_PROGRESS


def test_a_machine_that_still_reports_keeps_its_task() -> None:
    stage = Stage(resource(max_instances=1))
    (row,) = stage.start()
    stage.play(MINUTE)
    (task,) = stage.agents.running.values()
    stage.cloud.forget(row.instance_id)
    for _ in range(8):
        stage.clearml.workers.report(row.worker, user=stage.clearml.user, task=task)
        stage.play(MINUTE)
    assert stage.instance(row.key).gone_at
    assert stage.clearml.tasks.get(task).status is Status.IN_PROGRESS


@pytest.mark.parametrize(
    ("rule", "status", "queued"),
    [
        pytest.param(OnLost(policy="requeue"), Status.QUEUED, True, id="requeue"),
        pytest.param(OnLost(policy="reset"), Status.QUEUED, True, id="reset, and queued anew"),
        pytest.param(OnLost(policy="fail"), Status.FAILED, False, id="fail"),
        pytest.param(OnLost(policy="ignore"), Status.IN_PROGRESS, False, id="ignore"),
        pytest.param(OnLost(most=0), Status.FAILED, False, id="no machine to lose"),
    ],
)
def test_the_queue_s_rule_says_what_becomes_of_it(
    rule: OnLost, status: Status, queued: bool
) -> None:
    wanted = deployment(resource(max_instances=1), queue_on_lost={"cpu": rule})
    stage, task, _ = lost(Stage(wanted=wanted))
    stage.play(MINUTE)
    assert stage.clearml.tasks.get(task).status is status
    assert (task in stage.line_up()) == queued


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        pytest.param(
            {"queue_on_lost": {"gpu": OnLost(policy="fail")}},
            Status.QUEUED,
            id="another queue's is not asked",
        ),
        pytest.param({"on_lost": OnLost(policy="fail")}, Status.FAILED, id="all queues' rule"),
        pytest.param(
            {"on_lost": OnLost(policy="fail"), "queue_on_lost": {"gpu": OnLost(policy="ignore")}},
            Status.FAILED,
            id="all queues' rule beside another's own",
        ),
        pytest.param(
            {"on_lost": OnLost(policy="fail"), "queue_on_lost": {"cpu": OnLost()}},
            Status.QUEUED,
            id="its own rule beside that of all",
        ),
    ],
)
def test_a_queue_without_a_rule_of_its_own_has_that_of_all(
    rules: dict[str, object], status: Status
) -> None:
    stage, task, _ = lost(Stage(wanted=deployment(resource(max_instances=1), **rules)))
    stage.play(MINUTE)
    assert stage.clearml.tasks.get(task).status is status


def test_a_queue_that_was_deleted_leaves_the_task_stopped() -> None:
    stage, task, _ = lost()
    found = stage.clearml.queues.find("cpu")
    assert found
    stage.clearml.queues.delete(found.id, force=True)
    stage.play(MINUTE)
    assert stage.clearml.tasks.get(task).status is Status.STOPPED
    assert "no longer exists" in stage.repair(task).outcome


@pytest.mark.parametrize("call", ["tasks.stop", "tasks.enqueue", "tasks.reset"])
@pytest.mark.parametrize("policy", ["requeue", "reset"])
def test_a_crash_between_the_calls_is_made_good_once_the_claim_is_over(
    call: str, policy: str
) -> None:
    rule = OnLost.model_validate({"policy": policy})
    wanted = deployment(resource(max_instances=1), queue_on_lost={"cpu": rule})
    stage, task, _ = lost(Stage(wanted=wanted))
    stage.line.before(call, crash)
    try:
        stage.play(MINUTE)
    except CrashError:
        stage.restart()
    stage.minutes(5)
    assert stage.line_up().count(task) == 1
    assert stage.repair(task).count == 1


def test_two_reapers_bring_it_back_once() -> None:
    stage, task, row = lost()
    stage.tick(MINUTE)
    stage.line.before("tasks.stop", lambda: stage.reaper(row.key))
    stage.deliver()
    assert stage.line_up().count(task) == 1
    assert stage.repair(task).count == 1


def test_a_claim_that_another_wrote_first_stands() -> None:
    stage, task, row = lost()
    stage.tick(MINUTE)
    rival = Repair(
        key=task,
        instance=row.key,
        queue=stage.queues.read(["cpu"])[0].id,
        count=1,
        at=stage.clock.now(),
        claim_until=stage.clock.now() + MINUTE,
    )
    stage.line.before("state.commit", nothing, lambda: stage.state.commit(put=[rival]))
    stage.reaper(row.key)
    assert task not in stage.line_up()
    stage.minutes(3)
    assert stage.line_up().count(task) == 1


def test_what_was_done_is_not_done_again_when_it_could_not_be_written_down() -> None:
    stage, task, row = lost()
    stage.tick(MINUTE)
    stage.line.before("state.commit", nothing, nothing, lambda: touch(stage, task))
    stage.reaper(row.key)
    assert stage.repair(task).outcome == ""
    stage.minutes(3)
    assert stage.line_up().count(task) == 1


def touch(stage: Stage, task: str) -> None:
    stage.state.commit(put=[stage.repair(task)])


def test_a_task_that_its_user_aborted_meanwhile_is_left_alone() -> None:
    stage, task, _ = lost()
    stage.clearml.tasks.stopped(task, Move(force=True, reason="user abort"))
    stage.minutes(4)
    assert stage.clearml.tasks.get(task).status is Status.STOPPED


def test_while_clearml_is_down_the_row_waits() -> None:
    stage, task, _ = lost()
    stage.tick(MINUTE)
    stage.tasks.broken = UnavailableError("connection refused")
    with pytest.raises(UnavailableError):
        stage.deliver()
    stage.tasks.broken = None
    stage.play(MINUTE)
    assert task in stage.line_up()


def test_a_row_that_somebody_moved_meanwhile_is_visited_again() -> None:
    stage, task, row = lost()
    stage.tick(MINUTE)
    moved = stage.instance(row.key)
    touched = moved.model_copy(update={"protected": True})
    stage.line.before("tasks.held_by", lambda: stage.state.commit(put=[touched]))
    stage.deliver()
    assert task not in stage.line_up()
    stage.play(MINUTE)
    assert task in stage.line_up()


def test_what_was_brought_back_and_lost_again_counts_twice() -> None:
    stage, task, _ = lost()
    stage.play(MINUTE)
    stage.agents.register()
    stage.agents.work()
    stage.play(MINUTE)
    (row,) = [r for r in stage.instances() if r.gone_at is None]
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.play(MINUTE)
    assert stage.repair(task).count == 2
    assert task in stage.line_up()


def forsaken(rule: OnLost | None = None) -> tuple[Stage, str]:
    """No guard answers, and an agent popped a task, died, and left its machine alive."""
    wanted = deployment(resource(max_idle=MINUTE), queue_on_lost={"cpu": rule} if rule else {})
    stage = Stage(wanted=wanted)
    stage.cloud.guard_answers = False
    (row,) = stage.start()
    stage.agents.finish()
    (task,) = stage.enqueue()
    stage.agents.pop(row.worker)
    return stage, task


def test_a_task_popped_by_an_agent_that_died_comes_back_although_the_machine_lives() -> None:
    stage, task = forsaken()
    stage.minutes(20)
    assert stage.line_up() == [task]
    assert stage.repair(task).outcome == "back at the front of its queue"


def test_a_task_popped_by_an_agent_that_died_is_left_alone_until_nobody_spoke_of_it_for_long() -> (
    None
):
    stage, task = forsaken()
    for _ in range(20):
        stage.play(MINUTE)
        stage.clearml.tasks.ping(task)
    assert stage.line_up() == []


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        pytest.param(OnLost(policy="ignore"), "left as it is: on_lost is ignore", id="ignore"),
        pytest.param(OnLost(policy="fail"), "failed: it lost 1 of at most 3 agents", id="fail"),
        pytest.param(OnLost(most=0), "failed: it lost 1 of at most 0 agents", id="too often"),
    ],
)
def test_what_becomes_of_a_task_that_nobody_has_is_said_per_queue(
    rule: OnLost, outcome: str
) -> None:
    stage, task = forsaken(rule)
    stage.minutes(20)
    assert stage.line_up() == []
    assert (f"lost task {task}", outcome) in [(each.event, each.reason) for each in stage.told()]


def test_a_task_that_nobody_has_and_whose_queue_is_gone_is_left_as_it_is() -> None:
    stage, task = forsaken()
    stage.line.before(
        "tasks.enqueue",
        lambda: stage.clearml.queues.delete(stage.clearml.tasks.get(task).queue or ""),
    )
    stage.minutes(20)
    assert stage.repair(task).outcome == "left as it is: its queue no longer exists"


def test_one_of_two_reapers_brings_back_what_nobody_has() -> None:
    stage, task = forsaken()
    row, now = stage.instance(), stage.clock.now()
    repairer = Repairer(stage.deployment, stage.ports)

    def faster() -> None:
        stage.state.commit(put=[stage.repair(task)])

    for seconds in (0, 119):
        repairer.doubt([task], row, now + seconds * SECOND)
        assert stage.repair(task).outcome == UNREPORTED
    stage.line.before("state.commit", faster)
    repairer.doubt([task], row, now + PATIENCE)
    assert stage.line_up() == []
    repairer.doubt([task], row, now + PATIENCE)
    assert stage.line_up() == [task]
