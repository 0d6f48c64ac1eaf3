"""What is read of machines, images and consoles; and what cannot be read."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.ec2.console import lines
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Compute, Launched, Order, Refused, Throttled
from tests.adapters.aws.ec2_bench import Ec2Bench, ec2_bench, resource
from tests.adapters.aws.fake_ec2 import Trouble
from tests.contracts.compute_contract import launch

NAMED = resource("types: [g5.xlarge]", "ami: team-gpu-*")
FLEET = resource("types: [g5.xlarge, g6.xlarge]", "spot: true")
REGIONS = resource("types: [g5.xlarge]", "regions: [{region: eu-west-1}]")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
    with ec2_bench(monkeypatch) as bench:
        yield bench


def test_a_listing_of_many_pages_is_whole(bench: Ec2Bench) -> None:
    launch(bench, bench.order("a", count=25))
    bench.cloud.page = 10
    assert len(bench.compute.machines()) == 25
    assert bench.cloud.calls.count("DescribeInstances") == 3


def test_a_new_machine_may_be_listed_late(bench: Ec2Bench) -> None:
    bench.cloud.lag = timedelta(seconds=30)
    launch(bench, bench.order("a"))
    assert bench.compute.machines() == []
    bench.clock.advance(timedelta(seconds=30))
    assert len(bench.compute.machines()) == 1


def test_a_machine_s_end_is_told_in_ec2_s_words(bench: Ec2Bench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.compute.terminate(machine.instance_id)
    (stopping,) = bench.compute.machines()
    assert (stopping.state, stopping.detail) == ("stopping", "User initiated shutdown")
    bench.clock.advance(timedelta(seconds=30))
    (gone,) = bench.compute.machines()
    assert (gone.state, gone.detail) == ("gone", "User initiated shutdown")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("InternalError", UnavailableError, id="it is broken"),
        pytest.param("UnauthorizedOperation", CredentialsError, id="it is forbidden"),
        pytest.param("AuthFailure", CredentialsError, id="the login is wrong"),
    ],
)
def test_a_listing_that_cannot_be_read_is_no_listing(
    bench: Ec2Bench, code: str, error: type[UnavailableError]
) -> None:
    bench.cloud.troubles.append(Trouble("DescribeInstances", code))
    with pytest.raises(error) as caught:
        bench.compute.machines()
    assert type(caught.value) is error
    assert "eu-central-1" in str(caught.value)


@pytest.mark.parametrize("call", ["drain", "terminate"])
def test_what_ec2_does_not_do_is_told(bench: Ec2Bench, call: str) -> None:
    (machine,) = launch(bench, bench.order("a"))
    action = {"drain": "CreateTags", "terminate": "TerminateInstances"}[call]
    bench.cloud.troubles.append(Trouble(action, "OperationNotPermitted"))
    with pytest.raises(UnavailableError, match=machine.instance_id):
        act(bench.compute, call, machine.instance_id)


def act(compute: Compute, call: str, instance_id: str) -> None:
    if call == "drain":
        compute.drain(instance_id, "nonce")
    else:
        compute.terminate(instance_id)


def test_a_drain_order_is_a_tag_and_is_taken_back_with_it(bench: Ec2Bench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    bench.occupy(machine)
    bench.compute.drain(machine.instance_id, "a-nonce")
    assert bench.box(machine).tags[DRAIN_KEY] == "a-nonce"
    bench.compute.drain(machine.instance_id, "")
    assert DRAIN_KEY not in bench.box(machine).tags


def test_a_fleet_that_is_not_described_yet_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, FLEET) as bench:
        first, second = (launch(bench, bench.order(name))[0] for name in "ab")
        hidden = bench.cloud.fleets.pop(bench.box(second).fleet)
        tokens = {m.instance_id: m.token for m in bench.compute.machines()}
        assert tokens == {first.instance_id: first.token, second.instance_id: ""}
        bench.cloud.fleets[hidden["FleetId"]] = hidden
        tokens = {m.instance_id: m.token for m in bench.compute.machines()}
        assert tokens[second.instance_id] == second.token


def test_a_known_fleet_is_not_described_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, FLEET) as bench:
        launch(bench, bench.order("a", count=3))
        for _ in range(3):
            bench.compute.machines()
        assert bench.cloud.calls.count("DescribeFleets") == 1
        assert bench.cloud.calls.count("CreateLaunchTemplate") == 1


def test_positions_in_a_fleet_are_the_same_however_few_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ec2_bench(monkeypatch, FLEET) as bench:
        bench.cloud.capacity["g5.xlarge", "eu-central-1a", "spot"] = 2
        for zone in "bc":
            bench.cloud.capacity["g5.xlarge", f"eu-central-1{zone}", "spot"] = 0
        told = {m.instance_id: m.position for m in launch(bench, bench.order("a", count=5))}
        assert sorted(told.values()) == [0, 1, 2, 3, 4]
        for name in list(told)[:3]:
            bench.cloud.boxes.pop(name)  # not listed
        fresh = bench.built(bench.config)
        assert {m.instance_id: m.position for m in fresh.machines()} == dict(
            list(told.items())[3:]
        )


def test_a_template_that_somebody_took_away_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, FLEET) as bench:
        launch(bench, bench.order("a"))
        bench.cloud.templates.clear()
        order = bench.order("b")
        request = bench.compute.render(order)
        assert isinstance(bench.compute.launch(order, request), Throttled)
        assert isinstance(bench.compute.launch(order, request), Launched)


def test_machines_of_every_region_are_listed_and_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, REGIONS) as bench:
        here, there = launch(bench, bench.order("a")), launch(bench, bench.order("b", skip=1))
        assert there[0].zone.startswith("eu-west-1")
        assert [m.instance_id for m in bench.compute.machines()] == [
            m.instance_id for m in (*here, *there)
        ]
        fresh = bench.built(bench.config)
        fresh.terminate(there[0].instance_id)
        assert bench.aws.cloud("eu-west-1").living() == []
        assert len(bench.cloud.living()) == 1


def named(bench: Ec2Bench, *images: tuple[str, str, str]) -> None:
    bench.cloud.images = [
        {"ImageId": id, "Name": name, "Architecture": "x86_64", "CreationDate": made}
        for id, name, made in images
    ]


def image(bench: Ec2Bench, order: Order) -> str:
    (machine,) = launch(bench, order)
    return str(bench.box(machine).asked["ImageId"])


def test_of_images_with_a_name_the_newest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, NAMED) as bench:
        old, new = ("ami-0a", "team-gpu-1", "2026-01-01"), ("ami-0b", "team-gpu-2", "2026-02-01")
        named(bench, new, ("ami-0c", "team-cpu-3", "2026-03-01"), old)
        assert image(bench, bench.order("a")) == "ami-0b"
        named(bench, ("ami-0d", "team-gpu-3", "2026-04-01"))
        assert image(bench, bench.order("b")) == "ami-0b"  # not looked up at each launch
        bench.clock.advance(timedelta(minutes=15))
        assert image(bench, bench.order("c")) == "ami-0d"


def test_an_image_that_nobody_has_is_told_to_the_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ec2_bench(monkeypatch, NAMED) as bench:
        order = bench.order("a")
        answer = bench.compute.launch(order, bench.compute.render(order))
        assert isinstance(answer, Refused)
        assert "team-gpu-*" in answer.detail
        (problem,) = bench.compute.preflight()
        assert problem.field == "autoscalers[team].resources[gpu].ami"


def test_images_that_cannot_be_looked_up_make_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, NAMED) as bench:
        bench.cloud.troubles.append(Trouble("DescribeImages", "InternalError"))
        with pytest.raises(UnavailableError):
            bench.compute.render(bench.order("a"))
        bench.cloud.troubles.append(Trouble("DescribeImages", "InternalError"))
        assert isinstance(bench.compute.launch(bench.order("a"), "{}"), Throttled)


def test_an_old_machine_s_console_is_read_as_it_was_after_the_boot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ec2_bench(monkeypatch, resource("types: [p2.xlarge]")) as bench:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        assert next(iter(bench.compute.log(machine.instance_id))) == "boot launched"


def test_a_console_is_followed_for_as_long_as_the_machine_lives(bench: Ec2Bench) -> None:
    (machine,) = launch(bench, bench.order("a"))
    box, looks = bench.box(machine), iter(["one", "two", "three"])
    box.console += ["first", "second"]

    def lives() -> bool:
        if line := next(looks, ""):
            box.console.append(line)
            box.console.pop(0)  # EC2 keeps the last 64 KB
        return bool(line)

    told = lines(Clients().ec2(), machine.instance_id, lives, pause=0)
    assert list(told) == ["second", "one", "two", "three"]


@pytest.mark.parametrize(
    ("denied", "answer"),
    [
        pytest.param((), Launched, id="it is stored where it is missing"),
        pytest.param(("PutParameter",), Refused, id="it cannot be stored"),
        pytest.param(("GetParameters",), Refused, id="nobody can tell whether it is there"),
    ],
)
def test_the_guard_is_stored_where_machines_find_it(
    bench: Ec2Bench, denied: tuple[str, ...], answer: type
) -> None:
    bench.aws.denied.update(denied)
    order = bench.order("a")
    found = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(found, answer)
    if isinstance(found, Refused):
        assert "ssm:PutParameter on /clearml-autoscaler/test/guard/" in found.detail
        assert bench.cloud.living() == []
    else:
        assert {region for region, _ in bench.aws.parameters} == {"eu-central-1"}


def test_a_machine_without_a_role_is_told_before_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    text = resource("types: [g5.xlarge]").replace("  instance_profile: clearml-worker\n", "")
    with ec2_bench(monkeypatch, text) as bench:
        (problem,) = bench.compute.preflight()
        assert problem.field == "autoscalers[team].resources[gpu].aws.instance_profile"


def test_what_ec2_would_refuse_is_told_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with ec2_bench(monkeypatch, resource("types: [g5.xlarge]", "ami: ami-00000000")) as bench:
        (problem,) = bench.compute.preflight()
        assert (problem.field, problem.value) == (
            "autoscalers[team].resources[gpu]",
            "InvalidAMIID.NotFound",
        )
        assert bench.cloud.living() == []
