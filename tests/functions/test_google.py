"""Functions on AWS that start Google's machines, over moto and the fake Compute Engine."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, unquote

import pytest

from autoscaler.adapters.gcp.compute_engine.access import ENDPOINT
from autoscaler.core.ledger import DecisionRow, Phase
from autoscaler.hosts.aws import Aws
from autoscaler.world.server import wall_clock
from tests.adapters.gcp.compute_engine.fake import FakeCompute
from tests.adapters.gcp.issuer import Issuer, issuing
from tests.functions.lab import Context, Lab, Loader, configuration, every_minute, quiet_again

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client

CONTEXT = Context()
MACHINES = {
    "provider": "gce",
    "types": ["e2-standard-4"],
    "zones": ["europe-west4-a"],
    "machine_image": "ml",
    "gcp": {
        "project": "my-project-42",
        "credentials": "ssm:/lab/clouds/google",
        "agent_access_key": "gcp-secret:key",
        "agent_secret_key": "gcp-secret:secret",
    },
}


def federation(url: str) -> dict[str, object]:
    """As gcloud writes it for a pool that trusts an account of AWS."""
    about = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/a"
    return {
        "type": "external_account",
        "audience": about,
        "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": f"{url}/theirs",
        "credential_source": {
            "environment_id": "aws1",
            "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
            "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials",
            "regional_cred_verification_url": (
                "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
            ),
        },
        "service_account_impersonation_url": f"{url}/v1/accounts/ours:generateAccessToken",
    }


@pytest.fixture(scope="module", autouse=True)
def _client() -> None:
    """Google's client is loaded once, by nobody's test: that alone may take seconds."""
    import google.cloud.compute_v1  # noqa: F401, PLC0415  only where these tests run


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCompute]:
    with FakeCompute(wall_clock) as made:
        made.cloud().takes = timedelta(0)
        monkeypatch.setenv(ENDPOINT, f"{made.url}/compute/v1/")
        yield made
        assert made.mistakes == []


@pytest.fixture
def tokens(here: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALAMBDA")  # as Lambda tells it to a function
    with issuing() as made:
        text = json.dumps(federation(made.url))
        put = here.clients.ssm().put_parameter
        put(Name="/lab/clouds/google", Value=text, Type="SecureString")
        config = configuration(here.clearml.url, **MACHINES)
        (here.folder / "autoscaler.json").write_text(json.dumps(config))
        yield made


@pytest.fixture
def load(here: Lab, tokens: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    """Functions over the composition root's own computes."""
    assert tokens.asked == {}
    real = Aws.computes
    made = Loader(here, monkeypatch)
    monkeypatch.setattr(Aws, "computes", real)
    yield made
    quiet_again()


def launched(here: Lab, load: Loader) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    assert load("launcher").handler(here.taken("launch"), CONTEXT) == {"batchItemFailures": []}


def test_an_order_becomes_a_machine_of_google_s(
    here: Lab, load: Loader, google: FakeCompute
) -> None:
    launched(here, load)
    (row,) = here.instances()
    (box,) = google.cloud().living()
    assert (row.phase, row.compute, row.instance_id) == (Phase.BOOTING, "gce", box.name)


def test_functions_call_google_as_the_account_that_their_role_of_aws_takes_on(
    here: Lab, load: Loader, google: FakeCompute, tokens: Issuer
) -> None:
    launched(here, load)
    assert set(google.callers) == {"Bearer of-ours"}
    (token,) = parse_qs(tokens.asked["theirs"])["subject_token"]
    signed = {each["key"]: each["value"] for each in json.loads(unquote(token))["headers"]}
    assert "Credential=AKIALAMBDA/" in signed["Authorization"]


def test_a_machine_of_google_s_that_is_to_go_goes(
    here: Lab, load: Loader, google: FakeCompute
) -> None:
    launched(here, load)
    (row,) = here.instances()
    leaving = {"phase": Phase.TERMINATING, "forced": True, "next_check": None}
    here.state.commit(put=[row.model_copy(update=leaving)])
    load("poller").handler(every_minute(), CONTEXT)
    assert load("reaper").handler(here.taken("reap"), CONTEXT) == {"batchItemFailures": []}
    assert google.cloud().living() == []
    load("poller").handler(every_minute(), CONTEXT)
    assert {each.key: each.phase for each in here.instances()}[row.key] == Phase.GONE


def test_a_login_that_is_not_there_is_named_and_the_tick_goes_on(
    here: Lab, load: Loader, google: FakeCompute
) -> None:
    here.clients.ssm().delete_parameter(Name="/lab/clouds/google")
    here.enqueue()
    assert load("poller").handler(every_minute(), CONTEXT)["gens"]
    told = {row.key: row for row in here.state.live() if isinstance(row, DecisionRow)}["team"]
    assert "gcp.credentials = ssm:/lab/clouds/google: no such parameter" in str(told)
    assert google.callers == []
