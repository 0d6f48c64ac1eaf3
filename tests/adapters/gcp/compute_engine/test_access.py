"""As whom Compute Engine is called; and what looking costs that changes nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.gcp.rest import NO_LOGIN
from autoscaler.adapters.local.system import EnvSecrets, SystemClock
from autoscaler.config import parse
from autoscaler.errors import ConfigError, CredentialsError
from autoscaler.hosts.computes import build
from autoscaler.ports import Compute, Refused
from tests.adapters.gcp.compute_engine.bench import CONFIG, GceBench, Patch, gce_bench
from tests.adapters.gcp.issuer import EMAIL, issuer, key
from tests.contracts.compute_contract import launch
from tests.real.lambda_runtime import ROOT

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client


def federation(url: str, token: Path) -> dict[str, Any]:
    """What Google gives somebody who wants a token of another issuer to be enough."""
    token.write_text("a token of theirs")
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{url}/theirs",
        "credential_source": {"file": str(token)},
        "service_account_impersonation_url": f"{url}/v1/accounts/ours:generateAccessToken",
    }


def named(bench: GceBench, credentials: object, *, project: bool = True) -> Compute:
    text = CONFIG.replace("gcp:\n", "gcp:\n  credentials: env:GOOGLE_LOGIN\n")
    if not project:
        text = text.replace("  project: my-project-42\n", "")
    written = credentials if isinstance(credentials, str) else json.dumps(credentials)
    return build(parse(text), bench.clock, EnvSecrets({"GOOGLE_LOGIN": written}))["gce"]


@pytest.fixture
def bench(monkeypatch: Patch) -> Iterator[GceBench]:
    with gce_bench(monkeypatch) as bench:
        monkeypatch.setenv(NO_LOGIN, "false")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
        yield bench


def test_a_key_that_is_named_calls_in_its_own_project(bench: GceBench) -> None:
    with issuer() as url:
        named(bench, key(url), project=False).machines()
    assert set(bench.google.callers) == {"Bearer of-key"}
    assert list(bench.google.projects) == ["my-project-42", "other-project"]


def test_a_project_that_is_named_counts_more(bench: GceBench) -> None:
    with issuer() as url:
        named(bench, key(url)).machines()
    assert list(bench.google.projects) == ["my-project-42"]


def test_a_federation_calls_as_the_account_that_it_takes_on(
    bench: GceBench, tmp_path: Path
) -> None:
    with issuer() as url:
        named(bench, federation(url, tmp_path / "token")).machines()
    assert set(bench.google.callers) == {"Bearer of-ours"}


def test_what_changes_machines_is_called_by_the_same_account(
    bench: GceBench, tmp_path: Path
) -> None:
    with issuer() as url:
        bench.compute = named(bench, federation(url, tmp_path / "token"))
        launch(bench, bench.order("a"))
    assert set(bench.google.callers) == {"Bearer of-ours"}


def test_without_a_login_nobody_calls(bench: GceBench) -> None:
    with pytest.raises(CredentialsError, match="gcloud auth application-default login"):
        bench.compute.machines()
    assert bench.google.callers == []
    order = bench.order("a")
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.operator) == ("NoLogin", True)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("hunter2", id="no JSON"),
        pytest.param('["hunter2"]', id="no object"),
        pytest.param('{"type": "authorized_user", "refresh_token": "hunter2"}', id="a person's"),
    ],
)
def test_a_login_of_another_kind_is_told_and_never_shown(bench: GceBench, written: str) -> None:
    with pytest.raises(ConfigError) as told:
        named(bench, written)
    assert "hunter2" not in str(told.value)
    assert "of a service account's key, or of a federation" in str(told.value)


def test_half_of_a_key_is_told_and_never_shown(bench: GceBench) -> None:
    half = {"type": "service_account", "private_key": "hunter2", "client_email": EMAIL}
    with pytest.raises(CredentialsError) as told:
        named(bench, half).machines()
    assert "hunter2" not in str(told.value)
    assert "gcp.credentials" in str(told.value)


def test_resources_with_the_same_project_and_login_share_it(bench: GceBench) -> None:
    text = CONFIG + CONFIG.partition("    resources:\n")[2].replace("name: gpu", "name: more")
    both = parse(text.replace("gcp:\n", "gcp:\n  credentials: env:GOOGLE_LOGIN\n"))
    assert len(both.by_key) == 2
    with issuer() as url:
        secrets = EnvSecrets({"GOOGLE_LOGIN": json.dumps(key(url))})
        build(both, bench.clock, secrets)["gce"].machines()
    assert bench.cloud.calls.count("instances.aggregatedList") == 1


def looked() -> None:
    """Everything that only reads; says whether Google's client was loaded for it."""
    compute = build(parse(CONFIG), SystemClock(), EnvSecrets({}))["gce"]
    assert list(compute.machines()) == []
    assert list(compute.preflight()) == []
    assert list(compute.log("clearml-0-1-0-0123456789ab")) == []
    print("google.auth" in sys.modules, "google.cloud.compute_v1" in sys.modules)


@pytest.mark.slow
def test_who_only_looks_does_without_google_s_client(monkeypatch: Patch) -> None:
    with gce_bench(monkeypatch) as bench:
        program = "from tests.adapters.gcp.compute_engine.test_access import looked; looked()"
        ran = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "zoneOperations.list" in bench.cloud.calls
    assert ran.stdout.split() == ["True", "False"]
