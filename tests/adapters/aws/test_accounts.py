"""As whom machines are started: the host, keys that were given, a role of another account."""

from collections.abc import Callable, Iterator

import pytest

from autoscaler.adapters.aws.clients import forget_session
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.config import parse
from autoscaler.errors import CredentialsError
from autoscaler.hosts.computes import Means, apart
from autoscaler.ports import Compute, Refused
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


def by_token(bench: Ec2Bench, text: str, identity: Callable[[], str]) -> Compute:
    """As a host makes it that is none of AWS's."""
    secrets = EnvSecrets({"ACCOUNT_KEY": "AKIAACCOUNT", "ACCOUNT_SECRET": "s"})
    means = Means(bench.clock, secrets, identity)
    return apart(parse(text), lambda: means)["ec2"]


BY_ROLE = CONFIG.replace(KEYS, f"  region: eu-central-1\n  role: {ROLE}\n")


def test_a_process_that_is_none_of_aws_s_takes_a_role_on_with_its_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = iter(["a-token-of-google-s"])
    with ec2_bench(monkeypatch) as bench:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        forget_session()
        bench.compute = by_token(bench, BY_ROLE, lambda: next(tokens))
        launch(bench, bench.order("a"))
        bench.compute.machines()
        (asked,) = bench.aws.roles
        assert (asked["RoleArn"], asked["WebIdentityToken"]) == (ROLE, "a-token-of-google-s")
        assert bench.aws.callers[0] == "nobody"
        assert set(bench.aws.callers[1:]) == {"ASIALENT1"}


def test_keys_that_are_named_take_the_role_on_even_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CONFIG.replace(KEYS, f"{KEYS}  role: {ROLE}\n")
    with ec2_bench(monkeypatch) as bench:
        by_token(bench, text, lambda: pytest.fail("nobody needs a token")).machines()
        assert bench.aws.callers[0] == "AKIAACCOUNT"


def test_without_a_token_nothing_starts_and_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody() -> str:
        raise CredentialsError("no identity token of Google's")

    with ec2_bench(monkeypatch) as bench:
        compute = by_token(bench, BY_ROLE, nobody)
        order = bench.order("a")
        answer = compute.launch(order, compute.render(order))
        assert isinstance(answer, Refused)
        assert (answer.code, answer.operator) == ("CredentialRetrievalError", True)
        with pytest.raises(CredentialsError, match="no identity token of Google's"):
            compute.machines()
        assert bench.aws.callers == []
