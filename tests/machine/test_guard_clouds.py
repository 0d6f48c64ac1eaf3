"""The guard takes its orders from the metadata service of either cloud."""

import pytest

from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.world.clearml import Status
from tests.machine.clouds import Cloud
from tests.machine.guard_bench import GuardBench, frozen, log_of, reason_of, says
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.process_bench import eventually

pytestmark = pytest.mark.slow

ALIVE = 0


def test_an_idle_machine_ends_on_order(bench: GuardBench, cloud: Cloud) -> None:
    machine, guard = bench.running(settings=cloud.settings)
    cloud.order("n1")
    assert guard.wait(10) == ALIVE
    assert reason_of(machine) == "drained"
    assert bench.workers() == []


def test_an_order_from_before_its_start_is_followed(bench: GuardBench, cloud: Cloud) -> None:
    cloud.order("n1")
    machine = bench.machine(settings=cloud.settings)
    assert bench.start(machine).wait(15) == ALIVE
    assert reason_of(machine) == "drained"


def test_a_machine_that_works_refuses_until_the_next_order(
    bench: GuardBench, cloud: Cloud
) -> None:
    machine, guard = bench.running(settings=cloud.settings)
    task = bench.submit("import time; time.sleep(1)")
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    cloud.order("n1")
    assert says(machine, 'drain-refused nonce="n1"')
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    eventually(bench.rests)
    cloud.order("n2")
    assert guard.wait(10) == ALIVE
    assert log_of(machine).count("drain-refused") == 1


def test_an_order_that_is_taken_back_during_the_freeze_is_not_followed(
    bench: GuardBench, cloud: Cloud
) -> None:
    machine, _ = bench.running(settings={**cloud.settings, "freeze": 1})
    cloud.order("n1")
    eventually(lambda: frozen(machine))
    cloud.withdraw()
    assert says(machine, "the order was changed meanwhile")
    assert machine.ended is None


@pytest.mark.parametrize(
    "status", [pytest.param(500, id="it is ill"), pytest.param(0, id="it answers nobody")]
)
def test_no_limit_waits_for_a_metadata_service_that_is_broken(
    status: int, bench: GuardBench, cloud: Cloud
) -> None:
    cloud.service.break_down(status)
    machine, guard = bench.running(settings={**cloud.settings, "idle": 4.0})
    assert guard.wait(20) == ALIVE
    assert reason_of(machine).startswith("idle for 4 s")
    assert log_of(machine).count("metadata-unreachable") <= 1


def test_it_says_once_that_the_service_is_broken_and_obeys_when_it_is_not_any_more(
    bench: GuardBench, cloud: Cloud
) -> None:
    cloud.service.break_down(503)
    machine, guard = bench.running(settings=cloud.settings)
    eventually(lambda: len(cloud.service.asked) >= 4)
    assert log_of(machine).count("metadata-unreachable") == 1
    cloud.order("n1")
    cloud.service.recover()
    assert guard.wait(20) == ALIVE
    assert "metadata-reachable" in log_of(machine)


def test_a_broken_service_is_asked_less_and_less(bench: GuardBench, cloud: Cloud) -> None:
    cloud.service.break_down(503)
    machine, _ = bench.running(settings=cloud.settings)
    eventually(lambda: len(cloud.service.asked) >= 4)
    bench.submit("import time; time.sleep(1)")
    eventually(lambda: len(bench.standin.log.of("workers.get_all")) >= 20)
    assert len(cloud.service.asked) < 9
    assert machine.ended is None


def test_an_answer_that_makes_no_sense_is_one_that_is_not_there_yet(
    bench: GuardBench, ec2: Ec2Metadata
) -> None:
    machine, guard = bench.running(settings={"source": "ec2", "metadata": ec2.url})
    ec2.set("spot/instance-action", "[]")
    assert says(machine, "metadata-unreachable")
    ec2.take_back()
    ec2.set_tag(DRAIN_KEY, "n1")
    assert guard.wait(15) == ALIVE
    assert reason_of(machine) == "drained"


def test_a_token_that_has_become_too_old_is_replaced(bench: GuardBench, ec2: Ec2Metadata) -> None:
    machine, _ = bench.running(settings={"source": "ec2", "metadata": ec2.url})

    def tokens() -> int:
        return sum(one.method == "PUT" for one in ec2.asked)

    eventually(lambda: len(ec2.asked) > 12)
    assert tokens() == 1
    ec2.expire_tokens()
    eventually(lambda: tokens() == 2)
    assert "metadata-unreachable" not in log_of(machine)


def test_a_proxy_is_not_asked(bench: GuardBench, cloud: Cloud) -> None:
    nobody = {"http_proxy": "http://127.0.0.1:9", "no_proxy": bench.standin.url.split("/")[2]}
    machine = bench.machine(settings=cloud.settings)
    guard = bench.start(machine, environ=nobody)
    cloud.order("n1")
    assert guard.wait(15) == ALIVE
    assert "metadata-unreachable" not in log_of(machine)


def test_it_powers_off_when_all_is_over(bench: GuardBench, cloud: Cloud) -> None:
    off = bench.folder.with_name("off")
    command = ["/bin/sh", "-c", f"cp {bench.folder}/*/ended {off}"]
    machine, guard = bench.running(settings={**cloud.settings, "power_off": command})
    cloud.order("n1")
    assert guard.wait(10) == ALIVE
    assert off.read_bytes() == (machine.path / "ended").read_bytes()


def test_a_machine_that_has_ended_and_is_still_on_is_powered_off_again(bench: GuardBench) -> None:
    off = bench.folder.with_name("off")
    machine = bench.machine(settings={"power_off": ["/bin/sh", "-c", f"echo >> {off}"]})
    machine.end("drained")
    for times in (1, 2):
        bench.start(machine).wait(10)
        assert off.read_text() == "\n" * times
