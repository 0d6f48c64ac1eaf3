"""How long each client waits, and how often it asks by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.errors import ConfigError
from tests.real.aws import CREDENTIALS


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    yield
    forget_session()


@pytest.mark.parametrize(
    ("client", "limits"),
    [
        pytest.param(Clients.dynamodb, (1, 3, 3), id="the state table: soon, or not at all"),
        pytest.param(Clients.sns, (3, 20, 4), id="any other"),
        pytest.param(Clients.ec2, (3, 20, 4), id="what looks at machines"),
        pytest.param(
            lambda clients: clients.ec2(once=True), (3, 40, 1), id="what starts them: only once"
        ),
    ],
)
def test_a_client_gives_up_in_time(
    client: Callable[[Clients], Any], limits: tuple[int, int, int]
) -> None:
    config = client(Clients()).meta.config
    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout, config.read_timeout, attempts) == limits


def test_a_client_is_made_once_for_each_region_and_purpose() -> None:
    clients = Clients()
    assert clients.dynamodb() is clients.dynamodb()
    assert clients.ec2() is clients.ec2("eu-central-1")
    assert clients.ec2() is not clients.ec2(once=True)


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_variable_says_the_region(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_region(monkeypatch)
    monkeypatch.setenv(name, "eu-west-1")
    assert Clients().sns().meta.region_name == "eu-west-1"


def test_without_a_region_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    no_region(monkeypatch)
    with pytest.raises(ConfigError, match="region: set AWS_REGION"):
        Clients().cloudformation()


def no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    forget_session()
