"""As whom machines are started: the host, keys that were given, a role of another account."""

from collections.abc import Iterator

import pytest

from tests.adapters.aws.ec2_bench import CONFIG, Ec2Bench, ec2_bench, resource
from tests.contracts.compute_contract import launch

ROLE = "arn:aws:iam::210987654321:role/autoscaler"
KEYS = "  access_key: env:ACCOUNT_KEY\n  secret_key: env:ACCOUNT_SECRET\n"


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        pytest.param(CONFIG.replace(KEYS, ""), "AKIAHOST", id="the host's own"),
        pytest.param(CONFIG, "AKIAACCOUNT", id="the keys that are named"),
    ],
)
def test_who_calls(monkeypatch: pytest.MonkeyPatch, text: str, caller: str) -> None:
    with ec2_bench(monkeypatch, text) as bench:
        launch(bench, bench.order("a"))
        assert set(bench.aws.callers) == {caller}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
    role = f"  role: {ROLE}\n  external_id: clearml-42\n"
    with ec2_bench(monkeypatch, CONFIG.replace(KEYS, KEYS + role)) as bench:
        yield bench


def test_a_role_is_taken_on_once_with_its_external_id(bench: Ec2Bench) -> None:
    assert bench.aws.roles == []  # not before it is needed
    launch(bench, bench.order("a"))
    bench.compute.machines()
    (asked,) = bench.aws.roles
    assert (asked["RoleArn"], asked["ExternalId"]) == (ROLE, "clearml-42")
    assert bench.aws.callers[0] == "AKIAACCOUNT"
    assert set(bench.aws.callers[1:]) == {"ASIALENT1"}


def test_a_resource_may_have_an_account_and_a_region_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = resource("types: [g5.xlarge]", f"aws: {{region: us-east-1, role: '{ROLE}'}}")
    with ec2_bench(monkeypatch, text) as bench:
        (machine,) = launch(bench, bench.order("a"))
        assert machine.zone.startswith("us-east-1")
        assert [m.instance_id for m in bench.compute.machines()] == [machine.instance_id]
