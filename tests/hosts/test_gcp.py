"""What Google's functions take from their environment, and when their root makes what."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autoscaler.adapters.gcp.compute_engine.inserting import LONGEST
from autoscaler.core.notices import Notice
from autoscaler.errors import ConfigError, UnavailableError
from autoscaler.hosts.gcp import TIMING, Gcp
from autoscaler.hosts.gcp_settings import Settings
from tests.functions.gcp.lab import Lab, lab

LAUNCHER_TIMEOUT = timedelta(seconds=90)
LANDS = timedelta(seconds=15)
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with lab(tmp_path) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def host(here: Lab, **changes: str) -> Gcp:
    return Gcp(Settings.read(here.environment | changes))


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="missing"),
        pytest.param({"GOOGLE_CLOUD_PROJECT": "", "DATABASE": "", "PREFIX": ""}, id="empty"),
    ],
)
def test_every_variable_that_is_missing_is_named(environment: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError) as told:
        Settings.read(environment)
    assert [(problem.field, problem.remedy) for problem in told.value.problems] == [
        (name, "set this variable") for name in ("GOOGLE_CLOUD_PROJECT", "DATABASE", "PREFIX")
    ]


def test_nobody_else_calls_google_while_a_launcher_may_still_be_at_it() -> None:
    assert TIMING.claim >= LAUNCHER_TIMEOUT + LANDS
    assert LAUNCHER_TIMEOUT > LONGEST


def test_no_function_reads_a_secret_or_asks_google_before_it_is_called(here: Lab) -> None:
    made = host(here)
    assert all((made.poller, made.launcher, made.reaper, made.watcher))
    assert "secrets" not in vars(made)
    assert not here.cloud.calls


def test_a_notice_goes_to_the_log_the_alerts_and_the_webhook(
    here: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    made = host(here)
    kept = here.google.secretmanager.kept
    kept["projects/lab-project/secrets/webhook"] = [b"http://127.0.0.1:9/"]
    made.config = made.config.model_copy(update={"webhook": "gcp-secret:webhook"})
    notice = Notice(kind="breaker", key="k", subject="s", text="three boots failed", at=AT)
    with pytest.raises(UnavailableError, match="the webhook did not answer"):
        made.ports().notifier.notify([notice])
    assert here.mail() == ["lab: three boots failed"]
    assert "notice" in [record.message for record in caplog.records]


def test_without_a_topic_of_alerts_notices_are_logged(
    here: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    notice = Notice(kind="breaker", key="k", subject="s", text="three boots failed", at=AT)
    host(here, ALERTS="").ports().notifier.notify([notice])
    assert not here.mail()
    assert "notice" in [record.message for record in caplog.records]


def test_a_login_of_the_environment_is_for_the_server_that_the_environment_names(
    here: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads(Path(here.environment["CONFIG"]).read_text())
    agents = {f"agent_{name}": config["clearml"][name] for name in ("access_key", "secret_key")}
    own = {"access_key": "env:LAB_KEY", "secret_key": "env:LAB_SECRET"}
    config["clearml"] |= {**own, **agents}
    Path(here.environment["CONFIG"]).write_text(json.dumps(config))
    monkeypatch.setenv("LAB_KEY", "key")
    monkeypatch.setenv("LAB_SECRET", "secret")
    ports = host(here, CLEARML_API_HOST=here.clearml.url).ports()
    assert [queue.name for queue in ports.queues.read(["default"])] == ["default"]
    with pytest.raises(ConfigError, match="set CLEARML_API_HOST"):
        host(here).ports().queues.read(["default"])
