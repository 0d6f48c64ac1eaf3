"""What the functions' composition root takes from its environment, and when it makes what."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import forget_session
from autoscaler.core.notices import Notice
from autoscaler.errors import ConfigError, UnavailableError
from autoscaler.hosts.aws import TIMING, Aws
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.functions.clearml import Clearml
from autoscaler.hosts.lazy import Lazy
from tests.functions.lab import configuration
from tests.real.aws import CREDENTIALS

LAUNCHER_TIMEOUT = 60
AT = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:sns:eu-central-1:123456789012:messages"


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws():
        yield


def host(folder: Path, **changes: str) -> Aws:
    config = folder / "autoscaler.json"
    config.write_text(json.dumps(configuration("https://api.clear.ml")))
    given = {"TABLE": "state", "TOPIC_ARN": ARN, "CONFIG": str(config)}
    return Aws(Settings.read(given | changes))


@pytest.mark.parametrize(
    "environment", [pytest.param({}, id="missing"), pytest.param({"TABLE": ""}, id="empty")]
)
def test_a_variable_that_is_missing_is_named(environment: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"^TABLE: set this variable"):
        Settings.read(environment)


def test_what_else_stands_in_the_environment_is_nobodys_business() -> None:
    assert Settings.read({"HOME": "/root", "TABLE": "state"}).table == "state"


def test_a_function_without_its_topic_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^TOPIC_ARN: set this variable"):
        _ = host(tmp_path, TOPIC_ARN="").launcher


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.json")
    with pytest.raises(ConfigError, match=rf"^{missing}: no such file"):
        host(tmp_path, CONFIG=missing)


def test_nobody_else_calls_the_cloud_while_a_launcher_may_still_be_at_it() -> None:
    assert TIMING.claim.total_seconds() >= LAUNCHER_TIMEOUT + 15


def test_no_function_reads_a_secret_or_asks_a_compute_before_it_is_called(tmp_path: Path) -> None:
    made = host(tmp_path)
    assert all((made.poller, made.launcher, made.reaper, made.watcher, made.letters))
    assert "secrets" not in vars(made)


def test_a_notice_goes_to_the_log_the_alerts_and_the_webhook(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = host(tmp_path, ALERTS_ARN=ARN)
    made.clients.sns().create_topic(Name="messages")
    made.clients.sqs().create_queue(QueueName="mail")
    made.clients.sns().subscribe(
        TopicArn=ARN, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:mail"
    )
    made.clients.ssm().put_parameter(
        Name="/lab/webhook", Value="http://127.0.0.1:9/", Type="SecureString"
    )
    made.config = made.config.model_copy(update={"webhook": "ssm:/lab/webhook"})
    notice = Notice(kind="breaker", key="k", subject="s", text="three boots failed", at=AT)
    with pytest.raises(UnavailableError, match="the webhook did not answer"):
        made.ports().notifier.notify([notice])
    (mail,) = made.clients.sqs().receive_message(QueueUrl="mail")["Messages"]
    assert "three boots failed" in mail["Body"]
    assert "notice" in [record.message for record in caplog.records]


def test_a_proxy_is_no_login_and_needs_no_server(tmp_path: Path) -> None:
    made = host(tmp_path)
    put = made.clients.ssm().put_parameter
    for key in ("access_key", "secret_key"):
        put(Name=f"/lab/{key}", Value=key, Type="SecureString")
    put(Name="/lab/api_server", Value="https://api.clear.ml", Type="String")
    put(Name="/proxy/url", Value="http://127.0.0.1:9", Type="SecureString")
    section = made.config.clearml.model_copy(update={"proxy": "ssm:/proxy/url"})
    queues, _, _ = Clearml(section, lambda: made.secrets).ports
    with pytest.raises(UnavailableError, match="proxy"):
        queues.read(["default"])


def test_a_lazy_object_is_made_once_and_again_when_it_was_forgotten() -> None:
    made: list[list[int]] = []

    def make() -> list[int]:
        made.append([])
        return made[-1]

    lazy = Lazy(make)
    assert not made
    lazy.append(1)
    lazy.append(2)
    lazy.forget()
    lazy.append(3)
    assert made == [[1, 2], [3]]
