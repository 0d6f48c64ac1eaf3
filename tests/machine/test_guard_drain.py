"""The guard ends a machine on order, unless it holds a task."""

import pytest

from autoscaler.world.clearml import Status
from tests.machine.guard_bench import (
    GuardBench,
    agents_of,
    frozen,
    kill_guard,
    log_of,
    reason_of,
    says,
)
from tests.machine.process_bench import HOLD, eventually

pytestmark = pytest.mark.slow

ALIVE = 0


def test_an_idle_machine_ends_and_its_worker_is_unregistered(bench: GuardBench) -> None:
    machine, guard = bench.running()
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "drained"
    assert bench.workers() == []
    assert not machine.locked


def test_a_machine_that_works_is_not_even_frozen(bench: GuardBench) -> None:
    machine, _ = bench.running(settings={"freeze": 600})
    task = bench.submit(HOLD)
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    machine.order("n1")
    assert says(machine, 'drain-refused nonce="n1"')
    assert not frozen(machine)


def test_a_task_that_is_pulled_but_not_reported_holds_the_machine(bench: GuardBench) -> None:
    machine, _ = bench.running(command=(*bench.spec().command, "--slow", "600"))
    task = bench.submit(HOLD)
    eventually(lambda: bench.standin.world.queues.get(bench.queue).entries == ())
    machine.order("n1")
    assert says(machine, f"task {task} was pulled")
    assert bench.task(task).status is Status.QUEUED


def test_a_pull_during_the_freeze_holds_the_machine(bench: GuardBench) -> None:
    """The server finishes a pull although the agent that asked for it stands still."""
    machine, _ = bench.running(settings={"freeze": 1})
    worker = machine.record.guard["worker"]
    machine.order("n1")
    eventually(lambda: frozen(machine))
    bench.submit(HOLD)
    with bench.standin.lock:
        entry = bench.standin.world.queues.pop(bench.queue)
    assert entry
    assert says(machine, 'drain-postponed nonce="n1"')
    eventually(lambda: not frozen(machine))
    assert bench.workers() == [worker]


def test_an_order_is_judged_again_when_it_is_clear_who_pulled_the_task(bench: GuardBench) -> None:
    """Only a task that the machine's own worker reports refuses the order for good."""
    machine, guard = bench.running(settings={"freeze": 0.1, "again": 1})
    with bench.standin.lock:
        bench.submit(HOLD)
        assert bench.standin.world.queues.pop(bench.queue)
        machine.order("n1")
    assert says(machine, 'drain-postponed nonce="n1"')
    with bench.standin.lock:
        (task,) = bench.standin.world.tasks.popped()
        bench.standin.world.tasks.started(task.id)
        bench.standin.world.workers.report(
            "somebody:else", user=bench.standin.world.user, task=task.id
        )
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "drained"
    assert "drain-refused" not in log_of(machine)


def test_an_order_that_is_taken_back_during_the_freeze_is_not_followed(bench: GuardBench) -> None:
    machine, _ = bench.running(settings={"freeze": 0.5})
    machine.order("n1")
    eventually(lambda: frozen(machine))
    machine.order("")
    assert says(machine, "the order was changed meanwhile")
    assert machine.ended is None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 503}, id="the server is ill"),
        pytest.param({"drop": True}, id="nobody answers"),
        pytest.param({"truncate": "json", "times": 40}, id="the answer is cut off"),
    ],
)
def test_who_cannot_look_stays_and_looks_again(
    fault: dict[str, object], bench: GuardBench
) -> None:
    machine, guard = bench.running()
    bench.standin.faults.add(match="tasks.get_all", **fault)
    machine.order("n1")
    assert says(machine, 'drain-postponed nonce="n1"')
    assert machine.ended is None
    assert not frozen(machine)
    bench.standin.faults.clear()
    assert guard.wait(10) == ALIVE


def test_a_refused_order_is_not_tried_again_and_a_new_one_is(bench: GuardBench) -> None:
    machine, guard = bench.running()
    first = bench.submit("pass")
    task = bench.submit("import time; time.sleep(1)")
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    machine.order("n1")
    assert says(machine, 'drain-refused nonce="n1"')
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert bench.task(first).status is Status.COMPLETED
    machine.order("n2")
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "drained"


def test_one_busy_slot_keeps_all_of_them(bench: GuardBench) -> None:
    machine, _ = bench.running(slots=3)
    bench.submit(HOLD)
    eventually(lambda: any(worker.task for worker in bench.standin.world.workers.all()))
    machine.order("n1")
    assert says(machine, 'drain-refused nonce="n1"')
    assert len(bench.workers()) == len(agents_of(machine)) == 3


def test_idle_slots_leave_together(bench: GuardBench) -> None:
    machine, guard = bench.running(slots=3)
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert bench.workers() == []


def test_no_agent_stays_frozen_when_the_guard_is_killed(bench: GuardBench) -> None:
    machine, _ = bench.running(settings={"freeze": 600}, slots=2)
    machine.order("n1")
    eventually(lambda: frozen(machine))
    kill_guard(machine)
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert len(agents_of(machine)) == 2


def test_no_secret_is_said(bench: GuardBench) -> None:
    machine, guard = bench.running()
    bench.standin.world.users.revoke_tokens()
    machine.order("n1")
    assert guard.wait(10) == ALIVE
    assert [secret for secret in bench.secrets if secret in log_of(machine)] == []
