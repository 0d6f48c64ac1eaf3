"""Letting one machine go: the guard decides, and without a guard the last look (R13)."""

from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Instance, Phase
from autoscaler.errors import UnavailableError
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

SHORT = resource(max_idle=MINUTE)


def draining(*, guard: bool = True) -> tuple[Stage, Instance]:
    """A machine that was idle too long; its drain is written down, and nobody did it yet."""
    stage = Stage(SHORT)
    stage.cloud.guard_answers = guard
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.tick(MINUTE)
    return stage, stage.instance(row.key)


def silent() -> tuple[Stage, Instance]:
    """A drain that no guard answered, at the end of the reaper's patience."""
    stage, row = draining(guard=False)
    stage.deliver()
    stage.minutes(2)
    stage.tick(MINUTE)
    return stage, row


def test_a_guard_that_finds_no_task_ends_the_machine() -> None:
    stage, row = draining()
    assert (row.phase, row.drain_reason) == (Phase.DRAINING, "idle for 1 min, limit 1 min")
    stage.deliver()
    assert stage.cloud.drains == [(row.instance_id, row.drain_nonce)]
    assert stage.cloud.living() == []
    stage.play(MINUTE)
    assert stage.instance().reason == "idle for 1 min, limit 1 min; drained"


def test_a_guard_that_finds_a_task_refuses_and_the_order_is_taken_back() -> None:
    stage, row = draining()
    stage.enqueue()
    task = stage.agents.pop(row.worker)
    stage.deliver()
    assert len(stage.cloud.living()) == 1
    stage.agents.begin(row.worker)
    stage.play(MINUTE)
    kept = stage.instance()
    assert (kept.phase, kept.drain_nonce, kept.drain_at) == (Phase.UP, "", None)
    assert f"drain refused: task {task} runs on it" in [e.reason for e in stage.told(row.key)]
    assert stage.cloud.drains[-1] == (row.instance_id, "")


def test_a_refused_machine_is_drained_again_when_it_is_idle_again() -> None:
    stage, row = draining()
    stage.enqueue()
    stage.agents.work()
    stage.deliver()
    stage.play(MINUTE)
    assert stage.instance(row.key).phase == Phase.UP
    stage.agents.finish()
    stage.minutes(3)
    assert stage.cloud.living() == []


def test_a_guard_is_asked_once_per_appointment() -> None:
    stage, _ = draining(guard=False)
    stage.deliver()
    stage.play(SECOND)
    assert len(stage.cloud.drains) == 1
    stage.play(MINUTE)
    assert len(stage.cloud.drains) == 2


def test_a_machine_whose_guard_is_silent_is_looked_at_and_then_terminated() -> None:
    stage, row = silent()
    stage.deliver()
    assert stage.cloud.living() == []
    assert stage.instance().phase == Phase.TERMINATING
    why = "idle for 1 min, limit 1 min; its guard did not answer the drain order"
    assert [e.reason for e in stage.told(row.key)][-1] == why
    stage.play(MINUTE)
    assert stage.instance().reason == "idle for 1 min, limit 1 min; terminated"


def test_r13_terminating_stands_in_the_table_before_the_last_look() -> None:
    stage, _ = silent()
    phases: list[Phase] = []
    stage.tasks.before = lambda: phases.append(stage.instance().phase)
    stage.deliver()
    assert set(phases) == {Phase.TERMINATING}
    end = stage.line.calls.index("cloud.terminate")
    looks = ["tasks.unreported", "tasks.held_by", "workers.read"]
    assert stage.line.calls[end - 3 : end] == looks


def test_r13_a_task_that_moves_on_during_the_last_look_keeps_its_machine() -> None:
    stage, row = silent()
    stage.enqueue()
    moves = iter([stage.agents.pop, stage.agents.begin])
    stage.tasks.before = lambda: next(moves)(row.worker)
    stage.deliver()
    assert (len(stage.cloud.living()), stage.instance().phase) == (1, Phase.UP)


def test_r13_a_task_that_was_popped_in_the_last_moment_keeps_its_machine() -> None:
    stage, row = silent()
    (task,) = stage.enqueue()
    stage.tasks.before = lambda: stage.agents.hands or stage.agents.pop(row.worker)
    stage.deliver()
    assert (len(stage.cloud.living()), stage.instance().phase) == (1, Phase.UP)
    why = f"not terminated: task {task} was pulled, and nobody reports it yet"
    assert stage.instance().reason == why
    stage.agents.begin(row.worker)
    stage.play(MINUTE)
    assert (stage.instance().phase, stage.instance().drain_nonce) == (Phase.UP, "")


def test_r13_a_task_in_progress_on_an_agent_that_reports_none_keeps_its_machine() -> None:
    stage, row = silent()
    (task,) = stage.enqueue()
    stage.clearml.tasks.started(task)
    stage.clearml.tasks.reported(task, worker=row.worker)
    stage.deliver()
    assert stage.instance().reason == f"not terminated: task {task} runs on it"


def test_r13_a_task_that_is_reported_keeps_its_machine() -> None:
    stage, row = silent()
    stage.enqueue()
    stage.agents.work()
    stage.deliver()
    assert (len(stage.cloud.living()), stage.instance(row.key).phase) == (1, Phase.UP)


def test_a_guard_that_was_never_asked_is_not_taken_for_a_silent_one() -> None:
    stage = Stage(resource(max_idle=MINUTE))
    stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.tick(2 * MINUTE)
    assert stage.phases() == [Phase.DRAINING]
    stage.topic.receive(stage.clock.now())  # lost, and nobody is at work for an hour
    stage.clock.advance(60 * MINUTE)
    stage.agents.report()
    stage.reaper(stage.instance().key)
    assert stage.cloud.drains != []
    assert stage.instance().phase == Phase.DRAINING


def test_any_slot_that_works_keeps_the_whole_machine() -> None:
    stage = Stage(resource(slots=2, max_idle=MINUTE))
    stage.cloud.guard_answers = False
    (row,) = stage.start()
    stage.agents.finish()
    stage.play(MINUTE)
    stage.play(MINUTE)
    stage.minutes(2)
    stage.tick(MINUTE)
    stage.enqueue()
    stage.agents.pop(f"{row.worker}:1")
    stage.agents.begin(f"{row.worker}:1")
    stage.deliver()
    assert (len(stage.cloud.living()), stage.instance().phase) == (1, Phase.UP)


def test_a_machine_whose_tasks_cannot_be_read_is_left_alone_until_they_can() -> None:
    stage, row = silent()
    stage.break_clearml(UnavailableError("connection refused"))
    with pytest.raises(UnavailableError):
        stage.reaper(row.key)
    assert (len(stage.cloud.living()), stage.instance().phase) == (1, Phase.TERMINATING)
    stage.break_clearml(None)
    stage.play(MINUTE)
    assert stage.cloud.living() == []


def test_a_person_ends_a_machine_whatever_runs_on_it() -> None:
    stage = Stage()
    (row,) = stage.start()
    stage.operator.terminate(row.key, "it mines")
    stage.play(SECOND)
    assert stage.cloud.living() == []
    stage.play(MINUTE)
    assert stage.instance().reason == "terminated by ada: it mines; terminated"


def test_a_machine_that_never_registered_is_drained_after_its_boot_deadline() -> None:
    stage = Stage(resource(max_spin_up=5 * MINUTE))
    stage.enqueue()
    stage.play()
    stage.minutes(5)
    assert stage.did(Cause.NEVER_REGISTERED).reason == "no worker registered within 5 min"
    assert stage.instances(Phase.BOOTING)
    assert len(stage.cloud.living()) == 1  # its successor


def test_a_machine_whose_worker_vanished_is_let_go_after_the_time_of_a_boot() -> None:
    stage = Stage(resource(max_spin_up=5 * MINUTE))
    (row,) = stage.start()
    stage.agents.finish()
    stage.agents.mute.add(row.worker)
    stage.minutes(11)
    assert stage.instance().silent_since
    stage.minutes(6)
    assert stage.cloud.living() == []


def test_a_reaper_that_knows_no_such_compute_does_nothing() -> None:
    stage, row = draining()
    stage.state.commit(put=[row.model_copy(update={"compute": "azure"})])
    before = stage.state.live()
    stage.deliver()
    assert stage.state.live() == before


def test_pointers_to_nothing_and_to_machines_that_stay_do_nothing() -> None:
    stage = Stage()
    (row,) = stage.start()
    before = stage.state.live()
    stage.reaper("unknown")
    stage.reaper(row.key)
    assert (stage.state.live(), stage.cloud.drains) == (before, [])


def test_a_row_that_moves_on_while_the_guard_is_asked_is_left_as_it_is() -> None:
    stage, row = draining(guard=False)
    stage.line.after("cloud.drain", lambda: stage.operator.terminate(row.key, "now"))
    stage.deliver()
    assert stage.instance().forced


def test_a_row_that_moves_on_before_it_is_terminating_is_not_terminated() -> None:
    stage, row = silent()

    def work() -> None:
        stage.enqueue()
        stage.agents.work()
        stage.clock.advance(timedelta(seconds=60))
        stage.tick()

    stage.line.before("state.commit", work)
    stage.reaper(row.key)
    assert (len(stage.cloud.living()), stage.instance().phase) == (1, Phase.UP)


def test_busy_machines_of_a_prefix_that_left_the_configuration_are_not_ended() -> None:
    stage = Stage()
    stage.cloud.guard_answers = False
    (row,) = stage.start()
    wanted = deployment(resource("other", autoscaler="crew", queues=("gpu",)))
    crew = wanted.autoscalers[0].model_copy(update={"name": "crew", "prefix": "static"})
    stage.restart(wanted.model_copy(update={"autoscalers": (crew,)}))
    stage.minutes(10)
    assert [m.worker for m in stage.cloud.living()] == [row.worker]
    stage.agents.finish()
    stage.minutes(10)
    assert stage.cloud.living() == []
