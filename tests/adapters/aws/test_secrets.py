"""Secrets of AWS, and that a login goes to its own server only."""

import json

import pytest
from botocore.stub import Stubber

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.secrets import AwsSecrets
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.config.logins import BoundSecrets
from autoscaler.errors import ConfigError, CredentialsError

API = "https://api.clear.ml"
LOGIN = {"api_server": API, "access_key": "the key", "secret_key": "the secret"}


@pytest.fixture
def secrets(clients: Clients) -> AwsSecrets:
    """An account with one login in each place."""
    put = clients.ssm().put_parameter
    put(Name="/lab/access_key", Value="the key", Type="SecureString")
    put(Name="/lab/api_server", Value=f"{API}/", Type="String")
    put(Name="/lab/login", Value=json.dumps(LOGIN), Type="SecureString")
    put(Name="/bare/access_key", Value="the key", Type="SecureString")
    put(Name="/lab/clear", Value="the key", Type="String")
    make = clients.secretsmanager().create_secret
    make(Name="lab/login", SecretString=json.dumps(LOGIN))
    make(Name="lab/bare", SecretString="the key")
    make(Name="lab/list", SecretString="[1]")
    make(Name="lab/bytes", SecretBinary=b"the key")
    return AwsSecrets(clients.ssm, clients.secretsmanager, EnvSecrets({"KEY": "the key"}), API)


@pytest.mark.parametrize(
    "reference",
    [
        "ssm:/lab/access_key",
        "ssm:/lab/login#access_key",
        "secretsmanager:lab/login#access_key",
        "env:KEY",
    ],
)
def test_a_secret_is_found_where_its_reference_says_and_goes_to_its_server(
    secrets: AwsSecrets, reference: str
) -> None:
    assert secrets.resolve(reference) == "the key"
    assert BoundSecrets(secrets, API).resolve(reference) == "the key"


@pytest.mark.parametrize("reference", ["ssm:/bare/access_key", "secretsmanager:lab/bare"])
def test_a_secret_that_is_no_login_needs_no_server(secrets: AwsSecrets, reference: str) -> None:
    assert secrets.resolve(reference) == "the key"


@pytest.mark.parametrize(
    "api",
    [
        pytest.param("https://api.evil.example", id="another host"),
        pytest.param("http://api.clear.ml", id="the same host in the clear"),
        pytest.param("https://api.clear.ml:8443", id="another port of the host"),
        pytest.param("https://api.clear.ml.evil.example", id="a longer name"),
        pytest.param("https://api.clear.ml/elsewhere", id="another path"),
        pytest.param("https://api.clear.ml@evil.example", id="the host as a user's name"),
        pytest.param("https://api.clear.ml:x", id="no address at all"),
    ],
)
@pytest.mark.parametrize(
    "reference",
    ["ssm:/lab/access_key", "ssm:/lab/login#access_key", "secretsmanager:lab/login#access_key"],
)
def test_a_login_is_not_sent_to_a_server_that_it_is_not_for(
    secrets: AwsSecrets, reference: str, api: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        BoundSecrets(secrets, api).resolve(reference)
    (problem,) = caught.value.problems
    assert problem.value == reference
    assert f"so it is not sent to clearml.api = {api}" in problem.remedy
    assert "the key" not in str(caught.value)


@pytest.mark.parametrize("api", ["https://API.clear.ml", "https://api.clear.ml:443/"])
def test_one_server_may_be_written_in_several_ways(secrets: AwsSecrets, api: str) -> None:
    assert BoundSecrets(secrets, api).resolve("ssm:/lab/access_key") == "the key"


@pytest.mark.parametrize(
    ("reference", "how"),
    [
        pytest.param("ssm:/bare/access_key", f"store {API} as /bare/api_server", id="ssm"),
        pytest.param("secretsmanager:lab/bare", 'with "api_server"', id="secretsmanager"),
    ],
)
def test_a_login_that_does_not_say_its_server_is_sent_nowhere(
    secrets: AwsSecrets, reference: str, how: str
) -> None:
    with pytest.raises(ConfigError, match="does not say for which ClearML server") as caught:
        BoundSecrets(secrets, API).resolve(reference)
    assert how in str(caught.value)


def test_a_login_of_the_environment_says_its_server_there_too(clients: Clients) -> None:
    local = EnvSecrets({"KEY": "the key"})
    unbound = AwsSecrets(clients.ssm, clients.secretsmanager, local)
    with pytest.raises(ConfigError, match=f"set CLEARML_API_HOST to {API}"):
        BoundSecrets(unbound, API).resolve("env:KEY")


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        pytest.param("ssm:/lab/none", "no such parameter", id="no parameter"),
        pytest.param("ssm:/lab/clear", "make it a SecureString", id="one that all may read"),
        pytest.param("ssm:/lab/login#none", "no text under none", id="no member"),
        pytest.param("ssm:/lab/access_key#key", "no JSON object", id="no JSON"),
        pytest.param("secretsmanager:none", "no such secret", id="no secret"),
        pytest.param("secretsmanager:lab/list#0", "no JSON object", id="no object"),
        pytest.param("secretsmanager:lab/bytes", "holds no text", id="no text"),
        pytest.param("env:NONE", "set the environment variable NONE", id="no variable"),
    ],
)
def test_what_is_not_there_is_told_with_its_remedy(
    secrets: AwsSecrets, reference: str, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=remedy) as caught:
        secrets.resolve(reference)
    assert [problem.value for problem in caught.value.problems] == [reference]


def test_who_may_not_read_hears_what_to_allow(clients: Clients, secrets: AwsSecrets) -> None:
    with Stubber(clients.ssm()) as said:
        said.add_client_error("get_parameters", "AccessDeniedException")
        with pytest.raises(CredentialsError, match="allow ssm:GetParameters"):
            secrets.resolve("ssm:/lab/access_key")
    with Stubber(clients.secretsmanager()) as said:
        said.add_client_error("get_secret_value", "AccessDeniedException")
        with pytest.raises(CredentialsError, match="allow secretsmanager:GetSecretValue"):
            secrets.resolve("secretsmanager:lab/bare")


def test_a_place_is_read_once_and_a_new_object_reads_it_anew(
    clients: Clients, secrets: AwsSecrets
) -> None:
    assert secrets.resolve("ssm:/lab/login#access_key") == "the key"
    renewed = json.dumps(LOGIN | {"access_key": "a new key"})
    clients.ssm().put_parameter(
        Name="/lab/login", Value=renewed, Type="SecureString", Overwrite=True
    )
    assert secrets.resolve("ssm:/lab/login#access_key") == "the key"
    anew = AwsSecrets(clients.ssm, clients.secretsmanager, EnvSecrets({}))
    assert anew.resolve("ssm:/lab/login#access_key") == "a new key"
