"""Clients, and what they need before they can ask anybody."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from google.api_core.exceptions import PermissionDenied, RetryError, ServiceUnavailable
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from autoscaler.adapters.gcp.clients import Clients
from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.adapters.gcp.secrets import GcpSecrets
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.errors import CredentialsError, UnavailableError
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.contracts.state_rows import fence

# An empty `google` is there from the start where functions-framework is installed.
ANY_CLIENT = {"google.api_core", "google.auth", "google.protobuf", "grpc"}
SAID = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "HOME")


@pytest.fixture(autouse=True)
def nobody_said_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No login, no project, and nobody on the network who might know them."""
    for name in SAID:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_environment_sends_clients_to_emulators(
    monkeypatch: pytest.MonkeyPatch, fake: FakeGoogle, fake_address: str
) -> None:
    for service in ("FIRESTORE", "PUBSUB", "SECRET_MANAGER"):
        monkeypatch.setenv(f"{service}_EMULATOR_HOST", fake_address)
    clients = Clients("lab")
    state = FirestoreState(clients.firestore(), Database(clients.project, "clients"))
    state.commit(put=[fence()])
    assert len(state.live()) == 1
    fake.secretmanager.kept["projects/lab/secrets/key"] = [b"the key"]
    secrets = GcpSecrets(clients.secretmanager, lambda: clients.project, EnvSecrets({}))
    assert secrets.resolve("gcp-secret:key") == "the key"
    assert clients.publisher().create_topic(name="projects/lab/topics/t").name.endswith("/t")


def test_a_client_is_made_once() -> None:
    clients = Clients("lab", AnonymousCredentials())
    assert clients.firestore() is clients.firestore()
    assert clients.publisher() is clients.publisher()
    assert clients.firestore().api_endpoint == "firestore.googleapis.com"


def test_the_project_is_the_one_that_is_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "of-the-environment")
    assert Clients("named").project == "named"
    assert Clients().project == "of-the-environment"


def test_without_a_login_the_remedy_is_told() -> None:
    for ask in (Clients("lab").firestore, lambda: Clients().project):
        with pytest.raises(CredentialsError, match="gcloud auth application-default login"):
            ask()


def test_without_a_project_the_remedy_is_told() -> None:
    with pytest.raises(CredentialsError, match="set GOOGLE_CLOUD_PROJECT to its id"):
        _ = Clients(credentials=AnonymousCredentials()).project


def test_a_login_may_know_its_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the one of a service account on Cloud Run does, which asks the metadata service."""
    login = {
        "type": "authorized_user",
        "client_id": "an id",
        "client_secret": "a secret",
        "refresh_token": "a token",
        "quota_project_id": "quota",
    }
    path = tmp_path / "login.json"
    path.write_text(json.dumps(login))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.setenv("GCLOUD_PROJECT", "of-the-login")
    assert Clients().project == "of-the-login"


# --- what an error means ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        pytest.param(
            PermissionDenied("no"),
            CredentialsError,
            "x:Ask it: PermissionDenied: no: grant roles/x to the account that called",
            id="a right is missing",
        ),
        pytest.param(
            RetryError("too long", ServiceUnavailable("nobody\nthere.")),
            UnavailableError,
            "x:Ask it: ServiceUnavailable: nobody there",
            id="what was asked again and again",
        ),
        pytest.param(
            RetryError("too long", None), UnavailableError, "too long", id="for no reason"
        ),
        pytest.param(
            DefaultCredentialsError("none"), CredentialsError, "a service account", id="no login"
        ),
        pytest.param(RefreshError("gone"), CredentialsError, "a service account", id="an old one"),
        pytest.param(TransportError("away"), UnavailableError, "away", id="no network"),
    ],
)
def test_an_error_says_what_to_do(error: Exception, kind: type, words: str) -> None:
    assert isinstance(error, FAILED)
    told = failure("x:Ask it", error, "roles/x")
    assert type(told) is kind
    assert words in str(told)


# --- what they cost -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "unloaded"),
    [
        pytest.param(
            "autoscaler.adapters.gcp.clients",
            {"grpc", "google.api_core", "google.cloud.firestore_v1", "google.pubsub_v1"},
            id="who makes clients loads none",
        ),
        pytest.param("autoscaler.adapters.gcp.push", ANY_CLIENT, id="who reads pushes loads none"),
        pytest.param(
            "autoscaler.adapters.gcp.events", ANY_CLIENT, id="who reads events loads none"
        ),
        pytest.param(
            "autoscaler.adapters.gcp.firestore",
            {
                "google.cloud.compute_v1",
                "google.cloud.logging",
                "google.cloud.pubsub_v1",
                "google.cloud.secretmanager_v1",
                "google.pubsub_v1",
                "opentelemetry",
            },
            id="the table loads only its own",
        ),
        pytest.param(
            "autoscaler.adapters.gcp.pubsub",
            {"google.cloud.firestore_v1", "google.cloud.pubsub_v1", "opentelemetry"},
            id="the topic loads only its own",
        ),
    ],
)
def test_nobody_loads_what_is_not_used(module: str, unloaded: set[str]) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert not unloaded & {*loaded.split()}
