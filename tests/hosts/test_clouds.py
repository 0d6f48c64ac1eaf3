"""What a host makes of resources of a cloud."""

from datetime import timedelta
from typing import Any

import pytest

from autoscaler.adapters.aws.clients import Clients, new_session
from autoscaler.adapters.local.system import EnvSecrets, SystemClock
from autoscaler.config import Ec2Section, GceSection, parse
from autoscaler.errors import ConfigError
from autoscaler.hosts.computes import build
from autoscaler.hosts.local import TIMING, Local
from autoscaler.hosts.startup import startup_spec
from tests.adapters.aws.ec2_bench import CONFIG, ec2_bench
from tests.config.test_ec2 import SOUND, having
from tests.config.test_gce import having as on_google
from tests.config.test_mistakes_of_gce import ONE_OF_EACH, OWN
from tests.hosts.lab import HostLab
from tests.hosts.project import project


def test_a_claim_outlives_the_slowest_call_that_starts_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    config: Any = Clients("eu-central-1", new_session()).ec2(once=True).meta.config
    slowest = timedelta(seconds=config.connect_timeout + config.read_timeout)
    assert Local(parse(SOUND)).deployment.timing.claim > slowest


def test_machines_of_this_computer_are_not_waited_for_as_long(lab: HostLab) -> None:
    assert lab.host().deployment.timing == TIMING


@pytest.mark.parametrize(
    ("machine", "field", "remedy"),
    [
        pytest.param(
            "{registries: [{address: registry.example}]}",
            "machine",
            "it is none of ec2: give a user, too",
            id="a registry that no role can log in to",
        ),
        pytest.param(
            "{proxy: {https: 'http://me:pw@proxy:1'}}",
            "machine",
            "keep the whole URL as a secret",
            id="a proxy with a password",
        ),
        pytest.param(
            "{agent_version: '3.0.3; rm -rf /'}",
            "machine.agent.version",
            "should match pattern",
            id="a version that is none",
        ),
    ],
)
def test_what_a_machine_could_not_use_is_told(machine: str, field: str, remedy: str) -> None:
    config = parse(having(f"machine: {machine}"))
    with pytest.raises(ConfigError) as told:
        build(config, SystemClock(), EnvSecrets({}))
    (problem,) = told.value.problems
    assert problem.field == f"autoscalers[team].resources[gpu].{field}"
    assert remedy in problem.remedy
    assert "pw" not in str(told.value)


def test_the_account_s_keys_are_told_when_they_are_missing() -> None:
    config = parse(having("aws: {access_key: env:A, secret_key: env:B}"))
    with pytest.raises(ConfigError) as told:
        build(config, SystemClock(), EnvSecrets({}))
    assert [problem.field for problem in told.value.problems] == [
        "aws.access_key",
        "aws.secret_key",
    ]


def test_one_deployment_has_machines_of_both_clouds() -> None:
    """Each reads the agents' keys where it can."""
    config = parse(ONE_OF_EACH + OWN)
    ec2, gce = config.autoscalers[0].resources
    assert isinstance(ec2, Ec2Section)
    assert isinstance(gce, GceSection)
    (owner,) = config.autoscalers
    here = startup_spec(config, owner, ec2, source="ec2").login
    there = startup_spec(config, owner, gce, source="gce").login
    assert (here.access_key.ref, there.access_key.ref) == ("ssm:/clearml/key", "gcp-secret:key")
    assert sorted(build(config, SystemClock(), EnvSecrets({}))) == ["ec2", "gce"]


def test_machines_of_aws_get_the_keys_that_are_kept_there() -> None:
    config = parse(having("aws: {agent_access_key: 'ssm:/a', agent_secret_key: 'ssm:/s'}"))
    (owner,) = config.autoscalers
    (section,) = owner.resources
    assert isinstance(section, Ec2Section)
    login = startup_spec(config, owner, section, source="ec2").login
    assert (login.access_key.ref, login.secret_key.ref) == ("ssm:/a", "ssm:/s")


def test_google_s_login_is_told_when_it_is_missing() -> None:
    config = parse(on_google("gcp: {credentials: env:GOOGLE_LOGIN}"))
    with pytest.raises(ConfigError) as told:
        build(config, SystemClock(), EnvSecrets({}))
    assert [problem.field for problem in told.value.problems] == ["gcp.credentials"]


def test_a_registry_of_google_s_needs_no_user_there() -> None:
    address = "europe-west4-docker.pkg.dev"
    text = on_google(f"machine: {{registries: [{{address: {address}}}]}}")
    assert list(build(parse(text), SystemClock(), EnvSecrets({}))) == ["gce"]


def test_secrets_of_aws_are_read_by_a_host_on_this_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ec2_bench(monkeypatch) as bench:
        bench.aws.parameters["eu-central-1", "/clearml/agent-key"] = "a-key"
        host = Local(parse(CONFIG.replace("aws:\n", "aws:\n  region: eu-central-1\n")))
        assert host.secrets.resolve("ssm:/clearml/agent-key") == "a-key"
        monkeypatch.setenv("ACCOUNT_KEY", "an-account")
        assert host.secrets.resolve("env:ACCOUNT_KEY") == "an-account"


def test_secrets_of_google_are_read_by_a_host_on_this_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also beside some of AWS, as where the machines of both are looked at from here."""
    with project(monkeypatch) as google, ec2_bench(monkeypatch) as bench:
        google.keep("agents", {"key": "a-key"})
        bench.aws.parameters["eu-central-1", "/clearml/agent-key"] = "another"
        text = having(f"gcp: {{project: {google.name}}}").replace("        gcp", "gcp")
        text = f"{text}webhook: gcp-secret:agents#key\n"
        host = Local(parse(text))
        assert host.secrets.resolve("gcp-secret:agents#key") == "a-key"
        assert host.secrets.resolve("ssm:/clearml/agent-key") == "another"


def test_nothing_of_aws_is_loaded_where_nothing_is_there(lab: HostLab) -> None:
    assert type(lab.host().secrets) is EnvSecrets
