"""What is read of machines and consoles, what changes them; and what cannot be read."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from autoscaler.adapters.gcp.compute_engine.access import ENDPOINT, Access
from autoscaler.adapters.gcp.compute_engine.console import lines
from autoscaler.adapters.gcp.compute_engine.inserting import LONGEST
from autoscaler.adapters.gcp.rest import TIMEOUT
from autoscaler.config import parse
from autoscaler.core.fleet import Timing
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Ambiguous, Known, Launched, Refused
from tests.adapters.gcp.compute_engine.bench import GceBench, Patch, gce_bench, resource
from tests.adapters.gcp.compute_engine.fake import Trouble
from tests.contracts.compute_contract import launch

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client

TYPE = "types: [g2-standard-4]"
INSERT, WAIT = "compute.instances.insert", "compute.zoneOperations.wait"


@pytest.fixture
def bench(monkeypatch: Patch) -> Iterator[GceBench]:
    with gce_bench(monkeypatch) as bench:
        yield bench


def test_a_listing_of_many_pages_is_whole(bench: GceBench) -> None:
    launch(bench, bench.order("a", count=12))
    bench.cloud.page = 5
    assert len(bench.compute.machines()) == 12
    assert bench.cloud.calls.count("instances.aggregatedList") == 3


def test_a_zone_that_does_not_answer_makes_the_listing_unreadable(bench: GceBench) -> None:
    bench.cloud.unreachable = ["zones/us-east1-b"]
    with pytest.raises(UnavailableError, match="zones/us-east1-b"):
        bench.compute.machines()


def test_a_letter_that_a_region_does_not_have_is_no_trouble(bench: GceBench) -> None:
    bench.cloud.zones.remove("europe-west4-b")
    text = resource(TYPE).replace("zones: [europe-west4-a]", "region: europe-west4")
    compute = bench.built(parse(text))
    (machine,) = launch(bench, bench.order("a"))
    assert [found.instance_id for found in compute.machines()] == [machine.instance_id]


def test_machines_in_zones_that_are_not_named_any_more_are_listed(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    later = bench.built(parse(resource(TYPE, zones="[us-east1-b]")))
    assert [found.instance_id for found in later.machines()] == [machine.instance_id]


def test_a_machine_s_end_is_told_for_an_hour(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.compute.terminate(machine.instance_id)
    (stopping,) = bench.compute.machines()
    assert stopping.state == "stopping"
    bench.clock.advance(timedelta(seconds=30))
    (gone,) = bench.compute.machines()
    assert (gone.state, gone.launch, gone.position) == ("gone", machine.launch, 0)
    assert gone.token == machine.token
    assert gone.detail.startswith("deleted by autoscaler@")
    bench.clock.advance(timedelta(hours=1))
    assert bench.compute.machines() == []


def test_what_google_took_back_says_so(monkeypatch: Patch) -> None:
    with gce_bench(monkeypatch, resource(TYPE, "spot: true")) as bench:
        (machine,) = launch(bench, bench.order("a"))
        bench.cloud.preempt(bench.box(machine))
        (gone,) = bench.compute.machines()
    assert (gone.state, gone.detail) == ("gone", "preempted")


def test_what_never_came_ends_the_row_that_knows_it_and_is_bound_to_none(bench: GceBench) -> None:
    bench.cloud.capacity["g2-standard-4", "europe-west4-a", "on-demand"] = 0
    order = bench.order("a")
    assert isinstance(bench.compute.launch(order, bench.compute.render(order)), Refused)
    (gone,) = bench.compute.machines()
    assert (gone.state, gone.token) == ("gone", "")
    assert gone.detail == "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"


def test_what_powered_itself_off_is_gone_and_its_disk_too(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.cloud.power_off(bench.box(machine))
    bench.clock.advance(timedelta(seconds=30))
    assert [found.state for found in bench.compute.machines()] == ["gone"]
    bench.clock.advance(timedelta(seconds=30))
    bench.compute.machines()
    assert bench.cloud.boxes == {}


def test_who_may_only_look_leaves_the_disk_to_others(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.cloud.power_off(bench.box(machine))
    bench.clock.advance(timedelta(seconds=30))
    bench.cloud.troubles.append(Trouble("compute.instances.delete", "forbidden", 403))
    assert [found.state for found in bench.compute.machines()] == ["gone"]
    assert len(bench.cloud.boxes) == 1


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        pytest.param(500, "backendError", UnavailableError, id="it is broken"),
        pytest.param(403, "forbidden", CredentialsError, id="it is forbidden"),
        pytest.param(401, "authError", CredentialsError, id="the login is wrong"),
        pytest.param(403, "rateLimitExceeded", UnavailableError, id="too often, though a 403"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_no_part(
    bench: GceBench, status: int, reason: str, error: type[UnavailableError]
) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.google.broken = (status, reason)
    for act in (
        bench.compute.machines,
        lambda: bench.compute.drain(machine.instance_id, "n"),
        lambda: bench.stranger().terminate(machine.instance_id),
        lambda: list(bench.compute.log(machine.instance_id)),
    ):
        bench.compute.render(bench.order("b"))  # needs no answer
        with pytest.raises(UnavailableError) as told:
            act()
        assert type(told.value) is error


def test_nobody_there_is_an_error(bench: GceBench, monkeypatch: Patch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    lost = bench.built(bench.config)
    with pytest.raises(UnavailableError):
        lost.machines()
    order = bench.order("a")
    assert isinstance(lost.launch(order, lost.render(order)), Ambiguous)


def test_a_drain_order_is_an_attribute_beside_the_others(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.occupy(machine)
    before = keys(bench, machine.instance_id)
    bench.compute.drain(machine.instance_id, "n-1")
    assert keys(bench, machine.instance_id) == {**before, DRAIN_KEY: "n-1"}
    bench.compute.drain(machine.instance_id, "n-2")
    bench.compute.drain(machine.instance_id, "")
    assert keys(bench, machine.instance_id) == before


def keys(bench: GceBench, name: str) -> dict[str, str]:
    items = bench.cloud.box(name).asked["metadata"]["items"]
    return {each["key"]: each["value"] for each in items}


def test_the_same_order_again_changes_nothing(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.occupy(machine)
    for nonce in ("n-1", "n-1", "", ""):
        bench.compute.drain(machine.instance_id, nonce)
    assert bench.cloud.calls.count("instances.setMetadata") == 2


def test_metadata_that_somebody_else_changed_meanwhile_is_not_overwritten(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.cloud.troubles.append(Trouble("compute.instances.setMetadata", "conditionNotMet", 412))
    with pytest.raises(UnavailableError):
        bench.compute.drain(machine.instance_id, "n-1")


def test_a_console_is_read_to_its_end_without_secrets(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.up(machine)
    found = list(bench.compute.log(machine.instance_id))
    assert found[0] == "boot launched"
    assert found[-1] == "boot guard"
    assert bench.cloud.calls.count("instances.getSerialPortOutput") > 2


def test_a_console_is_followed_while_the_machine_lives(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    box = bench.box(machine)
    box.console = "first\nsecond, whose en"
    still = iter([True, True, False])

    def lives() -> bool:
        answer = next(still)
        box.console += "d comes later\n" if box.console.endswith("en") else "more\n"
        return answer

    access = Access("my-project-42")
    told = list(lines(access, "europe-west4-a", machine.instance_id, lives, pause=0))
    assert told == ["first", "second, whose end comes later", "more", "more"]


@pytest.mark.parametrize(
    ("absent", "field"),
    [
        pytest.param("g2-standard-4", "types[0]", id="the machine type"),
        pytest.param("ml", "machine_image", id="the image's family"),
        pytest.param("net", "subnet", id="the subnet"),
        pytest.param("nvidia-l4-vws", "gpu_type", id="the type of GPU"),
    ],
)
def test_what_is_not_there_is_told_before_anything_starts(
    monkeypatch: Patch, absent: str, field: str
) -> None:
    lines = (TYPE, "subnet: net", "gpu_type: nvidia-l4-vws")
    with gce_bench(monkeypatch, resource(*lines)) as bench:
        assert list(bench.compute.preflight()) == []
        bench.cloud.absent.add(absent)
        (problem,) = bench.compute.preflight()
    assert problem.field == f"autoscalers[team].resources[gpu].{field}"
    assert absent in problem.value


def test_a_type_larger_than_the_quota_is_told(monkeypatch: Patch) -> None:
    lines = ("types: [n2-custom-96-98304]", "cpu_only: true")
    with gce_bench(monkeypatch, resource(*lines)) as bench:
        bench.cloud.limits["N2_CPUS"] = 72
        (problem,) = bench.compute.preflight()
    assert problem.field == "autoscalers[team].resources[gpu].types[0]"
    assert problem.remedy.startswith("it has 96 vCPUs, the quota N2_CPUS of europe-west4 is 72")


def test_who_may_not_look_is_told_so(bench: GceBench) -> None:
    bench.google.broken = (403, "forbidden")
    (problem,) = bench.compute.preflight()
    assert problem.field == "autoscalers[team].resources[gpu].gcp"
    assert "allow it to the account that called" in problem.remedy


def test_a_launch_ends_before_its_claim() -> None:
    assert LONGEST + timedelta(seconds=TIMEOUT) < Timing().claim


def test_an_operation_that_fails_to_answer_leaves_the_launch_open(bench: GceBench) -> None:
    order = bench.order("a", count=2)
    request = bench.compute.render(order)
    bench.cloud.troubles.append(Trouble(WAIT, "backendError", 500))
    assert isinstance(bench.compute.launch(order, request), Ambiguous)
    again = bench.compute.launch(order, request)
    assert isinstance(again, Launched)
    assert len(again.machines) == len(bench.cloud.living()) == 2


def test_calls_that_took_too_long_leave_the_rest_to_the_next(bench: GceBench) -> None:
    order = bench.order("a", count=3)
    request = bench.compute.render(order)
    bench.cloud.on_call = lambda call: (
        bench.clock.advance(timedelta(seconds=45)) if call == "instances.insert" else None
    )
    assert isinstance(bench.compute.launch(order, request), Ambiguous)
    assert bench.cloud.calls.count("instances.insert") == 1
    bench.cloud.on_call = lambda _: None
    assert isinstance(bench.compute.launch(order, request), Launched)
    assert len(bench.cloud.living()) == 3


def test_a_request_id_that_google_forgot_is_recognized_by_what_stands_there(
    bench: GceBench,
) -> None:
    order = bench.order("a", count=2)
    first = launch(bench, order)
    bench.cloud.requests.clear()
    assert launch(bench, order) == first
    assert len(bench.cloud.living()) == 2


def test_a_name_that_another_request_took_is_left_alone(bench: GceBench) -> None:
    order = bench.order("a")
    request = bench.compute.render(order)
    document = json.loads(request)
    (name,) = document["machines"]
    bench.cloud.insert("europe-west4-a", {**document["request"], "name": name, "labels": {}}, "")
    assert isinstance(bench.compute.launch(order, request), Known)
    assert len(bench.cloud.boxes) == 1


def test_an_offering_that_was_taken_out_is_refused(bench: GceBench) -> None:
    order = bench.order("a").model_copy(update={"offering": "a2-highgpu-1g:x:on-demand"})
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert "a2-highgpu-1g:x:on-demand is not in the configuration" in answer.detail


def test_words_that_google_does_not_know_are_told_and_nothing_is_sent(monkeypatch: Patch) -> None:
    with gce_bench(monkeypatch, resource(TYPE, "launch_spec: {minCpuPlatfrom: x}")) as bench:
        order = bench.order("a")
        answer = bench.compute.launch(order, bench.compute.render(order))
        (problem,) = bench.compute.preflight()
        assert bench.cloud.calls.count("instances.insert") == 0
    assert isinstance(answer, Refused)
    assert answer.operator
    assert "minCpuPlatfrom" in answer.detail
    assert problem.field == "autoscalers[team].resources[gpu].launch_spec"


def test_a_machine_that_is_only_suspended_is_not_deleted(bench: GceBench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.box(machine).suspended = True
    assert [found.state for found in bench.compute.machines()] == ["stopping"]
    assert "instances.delete" not in bench.cloud.calls


def test_a_script_that_does_not_fit_is_refused_with_the_remedy(monkeypatch: Patch) -> None:
    script = "".join(f"{n * n * 7919:x}" for n in range(60_000))
    text = resource(TYPE, f"machine: {{init_script: '{script}'}}")
    with gce_bench(monkeypatch, text) as bench:
        order = bench.order("a")
        answer = bench.compute.launch(order, bench.compute.render(order))
        (problem,) = bench.compute.preflight()
    assert isinstance(answer, Refused)
    assert answer.operator
    assert "gcp-secret:NAME" in answer.detail
    assert problem.field == "autoscalers[team].resources[gpu].machine"
