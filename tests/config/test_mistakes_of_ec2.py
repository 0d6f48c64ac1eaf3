"""The same for resources of EC2, and for what their machines are told."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import problems
from tests.config.test_ec2 import AGENTS, SOUND, having

RESOURCE = "autoscalers[0].resources[0]"


@pytest.mark.parametrize(
    ("lines", "where", "value", "remedy"),
    [
        pytest.param(
            ("zones: [eu-central-1a]", "subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]"),
            "subnets (line 16)",
            "",
            "zones and subnets go in pairs: 1 and 2 are written",
            id="a zone without its subnet",
        ),
        pytest.param(
            ("regions: [{region: eu-west-1, zones: [eu-central-1a]}]",),
            "regions[0].zones (line 15)",
            "",
            "of more than one region (eu-central-1, eu-west-1): write regions",
            id="zones of two regions",
        ),
        pytest.param(
            ("zones: [eu-west-1a]",),
            "zones[0] (line 15)",
            "eu-west-1a",
            "in eu-west-1, but aws.region is eu-central-1",
            id="a zone of another region",
        ),
        pytest.param(
            ("zones: [eu-central-1a, eu-central-1a]",),
            "zones (line 15)",
            "",
            "one stands here twice: name each once",
            id="a zone twice",
        ),
        pytest.param(
            ("regions: [{region: eu-west-1a}]",),
            "regions[0].region (line 15)",
            "eu-west-1a",
            "this is a zone: its region is eu-west-1",
            id="a zone in place of a region",
        ),
        pytest.param(
            ("fallback_after: 10m",),
            "fallback_after (line 15)",
            "10m",
            "is about spot: write spot: true",
            id="a way back from spot without spot",
        ),
        pytest.param(
            ("spot: true", "fallback_after: 10m"),
            "fallback_after (line 16)",
            "10m",
            "there is nothing to fall back to: write on_demand_fallback: true",
            id="patience without anything behind it",
        ),
        pytest.param(
            ("spot: {mix: 0.7}",),
            "spot.mix (line 15)",
            "0.7",
            "the others are on demand: write on_demand_fallback: true",
            id="a mix of one market",
        ),
        pytest.param(
            ("spot: {mix: 70}", "on_demand_fallback: true"),
            "spot.mix (line 15)",
            "70",
            "at most 1",
            id="a share in percent",
        ),
        pytest.param(
            ("spot: {max_price: 0}",),
            "spot.max_price (line 15)",
            "0",
            "more than 0",
            id="spot for nothing",
        ),
        pytest.param(
            ("spot: {price: 1}",),
            "spot.price (line 15)",
            "",
            "unknown key: did you mean max_price?",
            id="an unknown key of spot",
        ),
        pytest.param(
            ("spot: yes please",),
            "spot (line 15)",
            "yes please",
            "write true or false, or keys: {mix: 0.7, max_price: 0.4}",
            id="a courteous wish",
        ),
        pytest.param(
            ("ami: ami-xyz",),
            "ami (line 15)",
            "ami-xyz",
            "an id is ami- and 8 or 17 hexadecimal digits; else write the image's name",
            id="a wrong image id",
        ),
        pytest.param(
            ("security_groups: [default]",),
            "security_groups[0] (line 15)",
            "default",
            "write a security group's id, like sg-0a1b2c3d",
            id="a security group's name",
        ),
        pytest.param(
            ("tags: {cost center: ml}",),
            'tags."cost center" (line 15)',
            "cost center",
            "machines read their tags, so a key has letters, digits and + - = . , _ : @ only",
            id="a tag's key with a space would keep every machine from starting",
        ),
        pytest.param(
            ("tags: {team/ml: x}",),
            'tags."team/ml" (line 15)',
            "team/ml",
            "machines read their tags, so a key has letters, digits and + - = . , _ : @ only",
            id="so would a slash",
        ),
        pytest.param(
            ("tags: {'clearml-autoscaler:launch': x}",),
            'tags."clearml-autoscaler:launch" (line 15)',
            "clearml-autoscaler:launch",
            "tags that begin with clearml-autoscaler or aws: are set by others: rename it",
            id="our own tags are not theirs",
        ),
        pytest.param(
            ("launch_spec: {UserData: x}",),
            "launch_spec.UserData (line 15)",
            "",
            "not for here: write machine: init_script",
            id="a launch spec has no user data",
        ),
        pytest.param(
            ("launch_spec: {MetadataOptions: {HttpTokens: optional}}",),
            "launch_spec.MetadataOptions (line 15)",
            "",
            "not for here: write task_instance_role: true if tasks need the role",
            id="nor weaker metadata options",
        ),
        pytest.param(
            ("launch_spec: {InstanceMarketOptions: {MarketType: spot}}",),
            "launch_spec.InstanceMarketOptions (line 15)",
            "",
            "not for here, but for MarketType: capacity-block: write spot: true",
            id="nor a market, but for one that nothing else names",
        ),
        pytest.param(
            ("launch_spec: {DisableApiTermination: true}",),
            "launch_spec.DisableApiTermination (line 15)",
            "",
            "not for here: the autoscaler ends its machines",
            id="nor machines that nobody can end",
        ),
        pytest.param(
            ("slots: 2",),
            "gpus (line 10)",
            "",
            "0 for 2 slots: name the GPUs of each slot, like 0 or 0,1",
            id="two slots that would share a GPU",
        ),
        pytest.param(
            ("aws: {role: admin}",),
            "aws.role (line 15)",
            "admin",
            "write the role's whole name, like arn:aws:iam::123456789012:role/NAME",
            id="a role's short name",
        ),
        pytest.param(
            ("aws: {access_key: env:KEY}",),
            "aws.access_key (line 15)",
            "",
            "secret_key is missing: write both or neither",
            id="half of the account's keys",
        ),
        pytest.param(
            ("machine: {git: {password: env:GIT}}",),
            "machine.git.password (line 15)",
            "env:GIT",
            "a machine reads this by itself, with its role: ssm:/path, secretsmanager:name or"
            " gcp-secret:name",
            id="a secret that only this computer knows",
        ),
        pytest.param(
            ("machine: {environment: {HF_TOKEN: hunter2}}",),
            "machine.environment.HF_TOKEN (line 15)",
            "",
            "a secret is named here, never written, like ssm:/clearml/HF_TOKEN",
            id="a secret that is written",
        ),
        *[
            pytest.param(
                (f"machine: {{clearml_conf: '{line}'}}",),
                "machine.clearml_conf (line 15)",
                "",
                f"{name} is a secret: keep these lines as one, and name it, like"
                " ssm:/clearml/conf",
                id=f"a secret in clearml.conf: {line}",
            )
            for line, name in (
                ("sdk.aws.s3.secret: hunter2", "sdk.aws.s3.secret"),
                ('agent.git_pass = "hunter2"', "agent.git_pass"),
                ('s3 { key: "AKIA", secret: "hunter2" }', "secret"),
                ('"account_key": "hunter2"', "account_key"),
            )
        ],
        pytest.param(
            ("machine: {clearml_conf: 42}",),
            "machine.clearml_conf (line 15)",
            "",
            "write text: put it in quotes",
            id="what may be a secret is not shown",
        ),
        pytest.param(
            ("machine: {git: {user: bot, token: hunter2}}",),
            "machine.git.token (line 15)",
            "",
            "unknown key; known here: user, password, host, ssh_key, known_hosts",
            id="an unknown key lists those of its section",
        ),
        pytest.param(
            ("instance_profile: worker",),
            "instance_profile (line 15)",
            "",
            "belongs under aws",
            id="a key that belongs to the account",
        ),
        pytest.param(
            ("agent: [x]",),
            "agent (line 15)",
            "",
            "belongs under machine or to a resource with provider process",
            id="a key of another provider, or of the machine",
        ),
        pytest.param(
            ("isSpot: true",),
            "isSpot (line 15)",
            "",
            "unknown key: did you mean spot?",
            id="ClearML's own word",
        ),
    ],
)
def test_a_mistake(lines: tuple[str, ...], where: str, value: str, remedy: str) -> None:
    assert problems(having(*lines)) == [Problem(f"{RESOURCE}.{where}", value, remedy)]


@pytest.mark.parametrize(
    ("types", "lines", "where", "value", "remedy"),
    [
        pytest.param(
            "[m7i.large]",
            (),
            "types[0]",
            "m7i.large",
            "it has no GPU that nvidia-smi knows: write cpu_only: true, or another type",
            id="a machine that would wait for a GPU in vain",
        ),
        pytest.param(
            "[m7i.large, m7g.large]",
            ("cpu_only: true",),
            "types[1]",
            "m7g.large",
            "arm64, but m7i.large is not: make two resources of it",
            id="two kinds of processors under one image",
        ),
        pytest.param(
            "[g5]",
            (),
            "types[0]",
            "g5",
            "write a type of EC2, like g5.xlarge",
            id="a family is no type",
        ),
    ],
)
def test_a_mistake_about_types(
    types: str, lines: tuple[str, ...], where: str, value: str, remedy: str
) -> None:
    found = problems(having(*lines, types=types))
    assert found == [Problem(f"{RESOURCE}.{where} (line 14)", value, remedy)]


def test_agents_keys_are_where_machines_can_read_them() -> None:
    found = problems(SOUND.replace(AGENTS, ""))
    remedy = (
        "machines of ec2 read this by themselves: write {} as ssm:/path or secretsmanager:name"
    )
    assert [(p.field, p.remedy) for p in found] == [
        (f"clearml.{key} (line 1)", remedy.format(key))
        for key in ("agent_access_key", "agent_secret_key")
    ]
