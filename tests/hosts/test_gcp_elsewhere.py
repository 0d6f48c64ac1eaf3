"""Functions on Google Cloud that start machines of EC2, over the fakes of both clouds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.adapters.aws.clients import forget_session
from autoscaler.config.models import Config
from autoscaler.config.reading import parse
from autoscaler.core.ledger import DecisionRow, Phase
from autoscaler.hosts.gcp import Gcp
from autoscaler.hosts.gcp_settings import Settings
from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn, wall_clock
from tests.adapters.aws.fake_ec2 import FakeAws
from tests.adapters.gcp.issuer import IDENTITY, issuing, key
from tests.hosts.project import Project, project

ROLE = "arn:aws:iam::210987654321:role/autoscaler"
CONFIG = """
deployment: lab
clearml:
  api: {api}
  access_key: gcp-secret:login#access_key
  secret_key: gcp-secret:login#secret_key
aws:
  region: eu-central-1
  instance_profile: clearml-worker
  agent_access_key: ssm:/clearml/access-key
  agent_secret_key: ssm:/clearml/secret-key
  {login}
autoscalers:
  - name: team
    resources:
      - name: cpu
        provider: ec2
        queues: [default]
        max_instances: 2
        types: [t3.small]
        cpu_only: true
"""
BY_ROLE = f"role: {ROLE}"
BY_KEYS = "{access_key: 'gcp-secret:aws#key', secret_key: 'gcp-secret:aws#secret'}"


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    with project(monkeypatch) as made:
        yield made


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """Nothing around the process says who it is at AWS."""
    with FakeAws(wall_clock) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, "/dev/null")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            monkeypatch.delenv(name, raising=False)
        forget_session()
        yield made
    forget_session()


@pytest.fixture
def clearml() -> Iterator[StandIn]:
    with StandIn(credentials=Credentials("key", "secret")) as made:
        with made.lock:
            task = made.world.tasks.create("work").id
            made.world.tasks.enqueue(task, made.world.queues.default().id)
        yield made


@pytest.fixture
def identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with issuing() as made:
        file = tmp_path / "key.json"
        file.write_text(json.dumps(key(made.url)))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        yield


def configured(google: Project, clearml: StandIn, login: str) -> Config:
    """With the secrets that it names in their places."""
    kept = {"access_key": "key", "secret_key": "secret", "api_server": clearml.url}
    google.keep("login", kept)
    google.keep("aws", {"key": "AKIAKEPT", "secret": "s"})
    said = login.strip("{}").replace(", ", "\n  ")
    return parse(CONFIG.format(api=clearml.url, login=said))


def host(google: Project, config: Config) -> Gcp:
    told = {"GOOGLE_CLOUD_PROJECT": google.name, "DATABASE": google.prefix}
    return Gcp(Settings.read({**told, "PREFIX": google.prefix}), config=config)


@pytest.mark.usefixtures("identity")
def test_an_order_becomes_a_machine_of_aws_s_and_goes_when_it_is_told_to(
    google: Project, aws: FakeAws, clearml: StandIn
) -> None:
    config = configured(google, clearml, BY_ROLE)
    list(host(google, config).ticks(once=True))
    host(google, config).launcher(google.launch().key)
    row = google.instance()
    (box,) = aws.cloud().living()
    assert (row.phase, row.compute, row.instance_id) == (Phase.BOOTING, "ec2", box.id)

    google.add(row.model_copy(update={"phase": Phase.TERMINATING, "forced": True}))
    host(google, config).reaper(google.instance().key)
    assert aws.cloud().living() == []
    asked = aws.roles[0]
    assert (asked["RoleArn"], asked["WebIdentityToken"]) == (ROLE, IDENTITY)
    assert set(aws.callers) <= {"nobody", *(f"ASIALENT{n}" for n in range(1, len(aws.roles) + 1))}


def test_keys_that_google_keeps_do_as_well(
    google: Project, aws: FakeAws, clearml: StandIn
) -> None:
    config = configured(google, clearml, BY_KEYS)
    list(host(google, config).ticks(once=True))
    host(google, config).launcher(google.launch().key)
    assert len(aws.cloud().living()) == 1
    assert set(aws.callers) == {"AKIAKEPT"}


def test_a_key_that_is_not_there_is_named_and_the_tick_goes_on(
    google: Project, aws: FakeAws, clearml: StandIn
) -> None:
    config = configured(google, clearml, BY_KEYS)
    google.fake.secretmanager.kept.pop(f"projects/{google.name}/secrets/aws")
    (tick,) = host(google, config).ticks(once=True)
    assert not tick.skipped
    (told,) = [row for row in google.state.live() if isinstance(row, DecisionRow)]
    assert "aws.access_key = gcp-secret:aws: no such secret" in str(told)
    assert aws.callers == []
