"""What a machine does with its last minutes, once its cloud has said that they are."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from autoscaler.adapters.local.processes.ending import living
from autoscaler.adapters.local.system import SystemClock
from autoscaler.world.clearml import Status
from tests.machine.guard_bench import GuardBench, agents_of, frozen, log_of, reason_of, says
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata
from tests.machine.process_bench import FAKE, HOLD, eventually

pytestmark = pytest.mark.slow

ALIVE = 0


def soon(seconds: float) -> datetime:
    """A notice has whole seconds."""
    return SystemClock().now().replace(microsecond=0) + timedelta(seconds=seconds)


def until(path: Path) -> str:
    """A task that ends when this file exists."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)"


def on(service: Ec2Metadata | GceMetadata) -> dict[str, object]:
    source = "ec2" if isinstance(service, Ec2Metadata) else "gce"
    return {"source": source, "metadata": service.url, "margin": 1}


def busy(bench: GuardBench) -> set[str]:
    return {worker.id for worker in bench.standin.world.workers.all() if worker.task}


@pytest.mark.parametrize("action", ["terminate", "stop", "hibernate"])
def test_a_task_runs_on_until_the_margin_and_is_lost_then_not_aborted(
    action: str, bench: GuardBench, ec2: Ec2Metadata
) -> None:
    machine, guard = bench.running(settings=on(ec2))
    worker = machine.record.guard["worker"]
    task = bench.submit(HOLD)
    eventually(lambda: busy(bench))
    ec2.notice(soon(5), action)
    assert says(machine, f'guard notice reason="reclaimed by the cloud: spot notice, {action} at')
    assert bench.task(task).status is Status.IN_PROGRESS
    eventually(lambda: len(agents_of(machine)) == 1)
    assert guard.wait(20) == ALIVE
    assert reason_of(machine).startswith(f"reclaimed by the cloud: spot notice, {action} at 20")
    left = bench.task(task)
    assert (left.status, left.last_worker) == (Status.IN_PROGRESS, worker)
    assert bench.workers() == []
    assert living(machine.path) == []


def test_a_task_that_ends_within_the_notice_is_completed(
    bench: GuardBench, ec2: Ec2Metadata, tmp_path: Path
) -> None:
    machine, guard = bench.running(settings=on(ec2))
    task = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: busy(bench))
    ec2.notice(soon(120))
    assert says(machine, "guard notice")
    (tmp_path / "may-end").touch()
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert guard.wait(10) == ALIVE
    assert reason_of(machine).startswith("reclaimed by the cloud")


def test_idle_slots_take_no_new_work_after_the_notice(
    bench: GuardBench, ec2: Ec2Metadata, tmp_path: Path
) -> None:
    machine, guard = bench.running(settings=on(ec2), slots=3)
    first = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: busy(bench))
    ec2.notice(soon(120))
    eventually(lambda: len(agents_of(machine)) == 1)
    eventually(lambda: set(bench.workers()) == busy(bench))
    second = bench.submit("pass")
    eventually(lambda: len(bench.standin.log.of("queues.get_next_task")) and not frozen(machine))
    (tmp_path / "may-end").touch()
    eventually(lambda: bench.task(first).status is Status.COMPLETED)
    # the one that worked may have pulled it at once; no idle one did
    assert guard.wait(20) == ALIVE
    assert bench.task(second).last_worker in {None, "", bench.task(first).last_worker}
    assert log_of(machine).count("agent-started") == 3


def test_an_idle_machine_leaves_at_once(bench: GuardBench, ec2: Ec2Metadata) -> None:
    machine, guard = bench.running(settings={**on(ec2), "margin": 3600}, slots=2)
    ec2.notice(soon(7200))
    assert guard.wait(10) == ALIVE
    assert "agent-died" not in log_of(machine)


def test_a_pull_under_way_when_the_notice_comes_is_let_go_on(
    bench: GuardBench, ec2: Ec2Metadata
) -> None:
    machine, guard = bench.running(settings=on(ec2), command=(*FAKE, "--slow", "1"))
    task = bench.submit("pass")
    eventually(lambda: bench.standin.world.queues.get(bench.queue).entries == ())
    ec2.notice(soon(120))
    assert says(machine, "guard notice")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert guard.wait(20) == ALIVE


def test_a_notice_that_is_taken_back_ends_no_task(
    bench: GuardBench, ec2: Ec2Metadata, tmp_path: Path
) -> None:
    machine, guard = bench.running(settings=on(ec2))
    task = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: busy(bench))
    at = soon(3)
    ec2.notice(at)
    assert says(machine, "guard notice")
    ec2.take_back()
    eventually(lambda: SystemClock().now() > at)
    assert bench.task(task).status is Status.IN_PROGRESS
    (tmp_path / "may-end").touch()
    assert guard.wait(20) == ALIVE
    assert bench.task(task).status is Status.COMPLETED


@pytest.mark.parametrize("cloud", ["rebalance", "maintenance"])
def test_an_early_warning_lets_the_task_finish_and_then_ends_the_machine(
    cloud: str, bench: GuardBench, ec2: Ec2Metadata, gce: GceMetadata, tmp_path: Path
) -> None:
    service = ec2 if cloud == "rebalance" else gce
    machine, guard = bench.running(settings=on(service), slots=2)
    task = bench.submit(until(tmp_path / "may-end"))
    eventually(lambda: busy(bench))
    if cloud == "rebalance":
        ec2.advise_rebalance(soon(0))
    else:
        gce.maintain()
    eventually(lambda: len(agents_of(machine)) == 1)
    assert bench.task(task).status is Status.IN_PROGRESS
    (tmp_path / "may-end").touch()
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert guard.wait(10) == ALIVE
    assert cloud in reason_of(machine).lower()


def test_a_machine_that_is_only_moved_goes_on(bench: GuardBench, gce: GceMetadata) -> None:
    machine, _ = bench.running(settings=on(gce))
    gce.maintain("MIGRATE_ON_HOST_MAINTENANCE")
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert "guard notice" not in log_of(machine)


def test_preemption_leaves_thirty_seconds(bench: GuardBench, gce: GceMetadata) -> None:
    machine, guard = bench.running(settings={**on(gce), "margin": 28})
    task = bench.submit(HOLD)
    eventually(lambda: busy(bench))
    gce.preempt()
    assert says(machine, 'guard notice reason="reclaimed by the cloud: preempted" seconds=30')
    eventually(lambda: machine.ended)
    guard.kill()  # it waits for the cloud to act first
    assert bench.task(task).status is Status.IN_PROGRESS
    assert reason_of(machine) == "reclaimed by the cloud: preempted"


def test_a_machine_whose_tasks_were_ended_is_powered_off_only_if_its_cloud_does_not(
    bench: GuardBench, ec2: Ec2Metadata, tmp_path: Path
) -> None:
    """Its own power-off would be the reason that the cloud gives."""
    off = tmp_path / "off"
    settings = {**on(ec2), "margin": 3, "power_off": ["/bin/sh", "-c", f"touch {off}"]}
    machine, guard = bench.running(settings=settings)
    bench.submit(HOLD)
    eventually(lambda: busy(bench))
    at = soon(6)
    ec2.notice(at)
    eventually(lambda: machine.ended)
    assert SystemClock().now() < at - timedelta(seconds=1)
    assert guard.wait(20) == ALIVE
    assert off.exists()
    assert SystemClock().now() >= at + timedelta(seconds=2)


def test_an_unreachable_server_does_not_keep_a_machine_beyond_its_notice(
    bench: GuardBench, ec2: Ec2Metadata
) -> None:
    machine, guard = bench.running(settings=on(ec2))
    bench.standin.faults.add(match="*.get_all", status=503)  # its agent is none the wiser
    ec2.notice(soon(3))
    assert guard.wait(20) == ALIVE
    assert "idle-unknown" in log_of(machine)
    assert reason_of(machine).startswith("reclaimed by the cloud")
