"""Mistakes in resources of Compute Engine, and in what their machines are told."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import problems
from tests.config.test_ec2 import AGENTS as ON_AWS_AGENTS
from tests.config.test_ec2 import SOUND as ON_AWS
from tests.config.test_gce import AGENTS, SOUND, having

RESOURCE = "autoscalers[0].resources[0]"


@pytest.mark.parametrize(
    ("lines", "where", "value", "remedy"),
    [
        pytest.param(
            ("region: europe-west4",),
            "region (line 17)",
            "europe-west4",
            "zones are named as well: keep one",
            id="a region beside zones",
        ),
        pytest.param(
            ("subnet: projects/my-project-42/regions/us-east1/subnetworks/ml",),
            "subnet (line 17)",
            "projects/my-project-42/regions/us-east1/subnetworks/ml",
            "in us-east1, but europe-west4-a is not: write its name only, if each region has one",
            id="a subnet of another region",
        ),
        pytest.param(
            ("subnet: regions/us-east1/ml",),
            "subnet (line 17)",
            "regions/us-east1/ml",
            "write a subnet's name, or its path: projects/P/regions/R/subnetworks/S",
            id="half of a subnet's path",
        ),
        pytest.param(
            ("network: a/b",),
            "network (line 17)",
            "a/b",
            "write a network's name, or its path: projects/P/global/networks/N",
            id="no network",
        ),
        pytest.param(
            ("fallback_after: 10m",),
            "fallback_after (line 17)",
            "10m",
            "is about spot: write spot: true",
            id="a way back from spot without spot",
        ),
        pytest.param(
            ("spot_model: preemptible",),
            "spot_model (line 17)",
            "preemptible",
            "is about spot: write spot: true",
            id="a kind of spot without spot",
        ),
        pytest.param(
            ("spot: true", "fallback_after: 10m"),
            "fallback_after (line 18)",
            "10m",
            "there is nothing to fall back to: write on_demand_fallback: true",
            id="patience without anything behind it",
        ),
        pytest.param(
            ("gpu_count: 2",),
            "gpu_count (line 17)",
            "2",
            "of which kind? Write gpu_type, or leave this out",
            id="a number of nothing",
        ),
        pytest.param(
            ("disk: {iops: 6000}",),
            "disk.iops (line 17)",
            "6000",
            "is about hyperdisks: write type: hyperdisk-balanced",
            id="the speed of a disk that has none of its own",
        ),
        pytest.param(
            ("disk: {size: 5}",),
            "disk.size (line 17)",
            "5",
            "at least 10",
            id="a disk smaller than any",
        ),
        pytest.param(
            ("disk: {type: ssd}",),
            "disk.type (line 17)",
            "ssd",
            "write a type of disk, like pd-balanced or hyperdisk-balanced",
            id="no type of disk",
        ),
        pytest.param(
            ("max_run_duration: 200d",),
            "max_run_duration (line 17)",
            "200d",
            "Google takes from 30s to 120d",
            id="an end that is too far",
        ),
        pytest.param(
            ("spot: true", "spot_model: preemptible", "max_run_duration: 2h"),
            "max_run_duration (line 19)",
            "2h",
            "preemptible machines end after 24 hours by themselves: write spot_model: spot",
            id="an end of its own for what has one",
        ),
        pytest.param(
            ("labels: {Project: vision}",),
            "labels.Project (line 17)",
            "Project",
            "a label's key has a-z, 0-9, - and _, begins with a letter, 63 at most",
            id="capitals in a label's key",
        ),
        pytest.param(
            ("labels: {project: The Vision}",),
            "labels.project (line 17)",
            "The Vision",
            "a label's value has a-z, 0-9, - and _ only, 63 at most",
            id="a space in a label",
        ),
        pytest.param(
            ("labels: {clearml-autoscaler-resource: x}",),
            "labels.clearml-autoscaler-resource (line 17)",
            "clearml-autoscaler-resource",
            "labels that begin with clearml-autoscaler are set by it: rename it",
            id="our own labels are not theirs",
        ),
        pytest.param(
            ("metadata: {startup-script: rm}",),
            "metadata.startup-script (line 17)",
            "startup-script",
            "not for here: write machine: init_script",
            id="a startup script is ours",
        ),
        pytest.param(
            ("metadata: {clearml-autoscaler-drain: x}",),
            "metadata.clearml-autoscaler-drain (line 17)",
            "clearml-autoscaler-drain",
            "metadata that begins with clearml-autoscaler is set by it: rename it",
            id="orders to the guard are ours",
        ),
        pytest.param(
            ("metadata: {git-password: hunter2}",),
            "metadata.git-password (line 17)",
            "",
            "whoever sees the machine sees its metadata: write machine: environment",
            id="metadata hides nothing",
        ),
        pytest.param(
            ("network_tags: [My Tag]",),
            "network_tags[0] (line 17)",
            "My Tag",
            "a network tag has a-z, 0-9 and -, and begins with a letter",
            id="no network tag",
        ),
        pytest.param(
            ("gcp: {scopes: [storage-all]}",),
            "gcp.scopes[0] (line 17)",
            "storage-all",
            "no alias of gcloud's: write the address"
            " (https://www.googleapis.com/auth/storage-all), if there is one",
            id="a scope that has no alias",
        ),
        pytest.param(
            ("gcp: {service_account: default}",),
            "gcp.service_account (line 17)",
            "default",
            "write a service account's address, like NAME@PROJECT.iam.gserviceaccount.com",
            id="no service account",
        ),
        pytest.param(
            ("gcp: {project: My Project}",),
            "gcp.project (line 17)",
            "My Project",
            "write a project's id, like my-project-42",
            id="a project's title",
        ),
        pytest.param(
            ('gcp: {credentials: \'{"type": "service_account"}\'}',),
            "gcp.credentials (line 17)",
            "",
            "a secret is named here, never written: env:NAME, file:/path, ssm:/path,"
            " secretsmanager:name or gcp-secret:name",
            id="a key that is pasted",
        ),
        pytest.param(
            ("launch_spec: {name: x}",),
            "launch_spec.name (line 17)",
            "",
            "not for here: it is what keeps a launch from happening twice",
            id="a launch spec has no name",
        ),
        pytest.param(
            ("launch_spec: {scheduling: {automaticRestart: true}}",),
            "launch_spec.scheduling.automaticRestart (line 17)",
            "",
            "not for here: a machine that ended must stay so",
            id="nor what brings the dead back",
        ),
        pytest.param(
            ("slots: 2",),
            "gpus (line 10)",
            "",
            "0 for 2 slots: name the GPUs of each slot, like 0 or 0,1",
            id="two slots that would share a GPU",
        ),
        pytest.param(
            ("machine: {git: {password: 'ssm:/git'}}",),
            "machine.git.password (line 17)",
            "ssm:/git",
            "a machine of gce cannot read it: write gcp-secret:name",
            id="a secret of another cloud",
        ),
        pytest.param(
            ("machine: {environment: {HF_TOKEN: 'secretsmanager:hf'}}",),
            "machine.environment.HF_TOKEN (line 17)",
            "secretsmanager:hf",
            "a machine of gce cannot read it: write gcp-secret:name",
            id="the same in the environment",
        ),
        pytest.param(
            ("machine: {storage: {s3: [{key: k, secret: 'ssm:/s3'}]}}",),
            "machine.storage.s3[0].secret (line 17)",
            "ssm:/s3",
            "a machine of gce cannot read it: write gcp-secret:name",
            id="and in a list",
        ),
        pytest.param(
            ("project: other",),
            "project (line 17)",
            "",
            "belongs under gcp",
            id="a key that belongs to the account",
        ),
        pytest.param(
            ("usePreemptible: true",),
            "usePreemptible (line 17)",
            "",
            "unknown key: did you mean spot?",
            id="ClearML's own word",
        ),
    ],
)
def test_a_mistake(lines: tuple[str, ...], where: str, value: str, remedy: str) -> None:
    assert problems(having(*lines)) == [Problem(f"{RESOURCE}.{where}", value, remedy)]


def test_agents_keys_are_where_machines_can_read_them() -> None:
    found = problems(SOUND.replace(AGENTS, ""))
    remedy = "machines of gce read this by themselves: write {} as gcp-secret:name"
    assert [(p.field, p.remedy) for p in found] == [
        (f"clearml.{key} (line 1)", remedy.format(key))
        for key in ("agent_access_key", "agent_secret_key")
    ]


ONE_OF_EACH = ON_AWS + SOUND.partition("    resources:\n")[2].replace("name: gpu", "name: gpu2")
OWN = "gcp: {agent_access_key: 'gcp-secret:key', agent_secret_key: 'gcp-secret:secret'}\n"


def test_machines_of_both_clouds_need_keys_that_each_can_read() -> None:
    assert [p.field.partition(" ")[0] for p in problems(ONE_OF_EACH)] == [
        "clearml.agent_access_key",
        "clearml.agent_secret_key",
    ]
    assert problems(ONE_OF_EACH + OWN) == []


def test_keys_of_google_s_agents_are_google_s() -> None:
    found = problems(ONE_OF_EACH + OWN.replace("gcp-secret:key", "ssm:/key"))
    remedy = "machines of gce read this by themselves: write agent_access_key as gcp-secret:name"
    assert [(p.field.partition(" ")[0], p.remedy) for p in found] == [
        ("gcp.agent_access_key", remedy)
    ]


def test_a_secret_above_both_clouds_is_told_where_it_cannot_be_read() -> None:
    found = problems(f"{ONE_OF_EACH}{OWN}machine: {{git: {{password: 'ssm:/git'}}}}\n")
    assert [(p.field.partition(" ")[0], p.remedy.partition(":")[0]) for p in found] == [
        ("machine.git.password", "a machine of gce cannot read it"),
    ]


def test_machines_of_aws_may_have_keys_of_their_own_where_clearml_s_are_google_s() -> None:
    text = ONE_OF_EACH.replace(ON_AWS_AGENTS, AGENTS)
    assert [p.field.partition(" ")[0] for p in problems(text)] == [
        "clearml.agent_access_key",
        "clearml.agent_secret_key",
    ]
    assert problems(text.replace("aws:\n", f"aws:\n{ON_AWS_AGENTS}")) == []


def test_a_key_of_a_cloud_s_agents_needs_its_secret() -> None:
    half = ON_AWS_AGENTS.splitlines()[0]
    found = problems(ON_AWS.replace("aws:\n", f"aws:\n{half}\n"))
    assert "agent_secret_key is missing: write both or neither" in [p.remedy for p in found]
