"""Secrets of Google Cloud, and that a login goes to its own server only."""

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.cloud.secretmanager_v1.services.secret_manager_service import (
    SecretManagerServiceClient,
)
from grpc import StatusCode

from autoscaler.adapters.gcp.secrets import GcpSecrets
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.config.logins import BoundSecrets
from autoscaler.errors import ConfigError, CredentialsError, UnavailableError
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.adapters.gcp.gateway import Gateway, Said

API = "https://api.clear.ml"
LOGIN = {"api_server": API, "access_key": "the key", "secret_key": "the secret"}
KEPT: dict[str, list[bytes | None]] = {
    "projects/lab/secrets/login": [b"{}", json.dumps(LOGIN).encode()],
    "projects/lab/secrets/bare": [b"an old key", b"the key"],
    "projects/lab/secrets/list": [b"[1]"],
    "projects/lab/secrets/bytes": [b"\xff"],
    "projects/lab/secrets/empty": [b""],
    "projects/lab/secrets/disabled": [b"the key", None],
    "projects/other/secrets/login": [json.dumps(LOGIN).encode()],
}
Open = Callable[..., GcpSecrets]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def made(fake: FakeGoogle, fake_address: str, gateway: Gateway) -> Open:
    """Secrets of the project `lab`, read anew."""
    fake.secretmanager.kept = {name: [*versions] for name, versions in KEPT.items()}
    model: Any = SecretManagerServiceClient
    channel = gateway.channel(grpc.insecure_channel(fake_address))
    client = model(transport=model.get_transport_class("grpc")(channel=channel))

    def opened(local_server: str = API, patience: float = 60.0) -> GcpSecrets:
        local = EnvSecrets({"KEY": "the key"})
        return GcpSecrets(lambda: client, lambda: "lab", local, local_server, patience=patience)

    return opened


@pytest.fixture
def secrets(made: Open) -> GcpSecrets:
    return made()


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("gcp-secret:login#access_key", id="by name"),
        pytest.param("gcp-secret:projects/other/secrets/login#access_key", id="of a project"),
        pytest.param(
            "gcp-secret:projects/lab/secrets/login/versions/2#access_key", id="by version"
        ),
        pytest.param("env:KEY", id="of this computer"),
    ],
)
def test_a_secret_is_found_where_its_reference_says_and_goes_to_its_server(
    secrets: GcpSecrets, reference: str
) -> None:
    assert secrets.resolve(reference) == "the key"
    assert BoundSecrets(secrets, API).resolve(reference) == "the key"


def test_a_secret_that_is_no_login_needs_no_server(secrets: GcpSecrets) -> None:
    assert secrets.resolve("gcp-secret:bare") == "the key"
    assert secrets.resolve("gcp-secret:projects/lab/secrets/bare/versions/1") == "an old key"


@pytest.mark.parametrize(
    "api",
    [
        pytest.param("https://api.evil.example", id="another host"),
        pytest.param("http://api.clear.ml", id="the same host in the clear"),
        pytest.param("https://api.clear.ml@evil.example", id="the host as a user's name"),
    ],
)
def test_a_login_is_not_sent_to_a_server_that_it_is_not_for(secrets: GcpSecrets, api: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BoundSecrets(secrets, api).resolve("gcp-secret:login#access_key")
    (problem,) = caught.value.problems
    assert problem.value == "gcp-secret:login#access_key"
    assert f"so it is not sent to clearml.api = {api}" in problem.remedy
    assert "the key" not in str(caught.value)


def test_a_login_that_does_not_say_its_server_is_sent_nowhere(made: Open) -> None:
    with pytest.raises(ConfigError, match="does not say for which ClearML server") as caught:
        BoundSecrets(made(), API).resolve("gcp-secret:bare")
    assert f'write it as JSON with "api_server": "{API}" beside it' in str(caught.value)
    with pytest.raises(ConfigError, match=f"set CLEARML_API_HOST to {API}"):
        BoundSecrets(made(local_server=""), API).resolve("env:KEY")


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        pytest.param("gcp-secret:none", "no such secret", id="no secret"),
        pytest.param(
            "gcp-secret:projects/lab/secrets/bare/versions/9", "no such secret", id="no version"
        ),
        pytest.param("gcp-secret:disabled", "disabled or destroyed", id="one that is disabled"),
        pytest.param("gcp-secret:login#none", "no text under none", id="no member"),
        pytest.param("gcp-secret:bare#key", "no JSON object", id="no JSON"),
        pytest.param("gcp-secret:list#0", "no JSON object", id="no object"),
        pytest.param("gcp-secret:bytes", "holds no text", id="no text"),
        pytest.param("gcp-secret:empty", "holds no text", id="nothing"),
        pytest.param("env:NONE", "set the environment variable NONE", id="no variable"),
    ],
)
def test_what_is_not_there_is_told_with_its_remedy(
    secrets: GcpSecrets, reference: str, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=remedy) as caught:
        secrets.resolve(reference)
    assert [problem.value for problem in caught.value.problems] == [reference]


def test_who_may_not_read_hears_what_to_allow(secrets: GcpSecrets, gateway: Gateway) -> None:
    gateway.script = [Said(StatusCode.PERMISSION_DENIED, "Permission denied on resource.")]
    with pytest.raises(CredentialsError, match=r"grant roles/secretmanager\.secretAccessor"):
        secrets.resolve("gcp-secret:bare")


def test_what_is_not_answered_is_asked_again(secrets: GcpSecrets, gateway: Gateway) -> None:
    gateway.script = [Said(StatusCode.UNAVAILABLE, "gone"), "lost"]
    assert secrets.resolve("gcp-secret:bare") == "the key"
    assert len(gateway.heard) == 3


def test_what_is_never_answered_is_unavailable(made: Open, gateway: Gateway) -> None:
    gateway.script = [Said(StatusCode.UNAVAILABLE, "nobody there")] * 99
    named = "projects/lab/secrets/bare/versions/latest: ServiceUnavailable: nobody there"
    with pytest.raises(UnavailableError, match=named):
        made(patience=0.05).resolve("gcp-secret:bare")


def test_a_place_is_read_once_and_a_new_object_reads_it_anew(
    made: Open, fake: FakeGoogle, gateway: Gateway
) -> None:
    secrets = made()
    assert secrets.resolve("gcp-secret:login#access_key") == "the key"
    renewed = json.dumps(LOGIN | {"access_key": "a new key"}).encode()
    fake.secretmanager.kept["projects/lab/secrets/login"].append(renewed)
    assert secrets.resolve("gcp-secret:login#secret_key") == "the secret"
    assert secrets.resolve("gcp-secret:login#access_key") == "the key"
    assert len(gateway.heard) == 1
    assert made().resolve("gcp-secret:login#access_key") == "a new key"
