"""What a machine is told at its start; and orders of which no request can be made."""

import gzip
import json
from base64 import b64decode
from typing import Any

import boto3
import pytest
from moto import mock_aws

from autoscaler.ports import Launched, Refused
from tests.adapters.aws.ec2_bench import QUEUE, Patch, ec2_bench, rendered, resource

TYPE = "types: [g5.xlarge]"


def told(document: dict[str, Any]) -> dict[str, Any]:
    """What the machine is told at its start."""
    data = b64decode(document["request"]["UserData"])
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    line = next(each for each in text.splitlines() if each.startswith('{"startup":'))
    startup: dict[str, Any] = json.loads(line)["startup"]
    return startup


def test_what_a_machine_does_is_told_to_it_without_a_secret(
    monkeypatch: Patch,
) -> None:
    found = rendered(
        monkeypatch,
        TYPE,
        "slots: 2",
        "gpus: ['0', '1']",
        "max_idle: 5m",
        "max_lifetime: 12h",
        "machine:",
        "  image: my/image:1 --ipc=host",
        "  init_script: |",
        "    echo hello",
        "  clearml_conf: 'agent.x: 1'",
        "  bashrc: false",
        "  git: {user: bot, password: 'ssm:/git', host: example.org}",
        "  storage: {s3: [{key: k, secret: 'secretsmanager:s3#secret'}]}",
        "  registries: [{address: 123456789012.dkr.ecr.eu-central-1.amazonaws.com}]",
        "  environment: {HF_TOKEN: 'ssm:/hf', TZ: UTC}",
        "  agent_version: 3.0.2",
        "  agent_args: [--order-fairness]",
        "  logs: /clearml/machines",
    )
    startup = told(found)
    boot, guard = startup["boot"], startup["guard"]
    assert boot["login"]["secret_key"] == {"ref": "ssm:/clearml/agent-secret"}
    assert boot["docker"] == "my/image:1 --ipc=host"
    assert (boot["init_script"], boot["conf"]) == ("echo hello\n", "agent.x: 1")
    assert (boot["bashrc"], boot["slots"], boot["gpus"]) == (False, 2, ["0", "1"])
    assert boot["git"]["password"] == {"ref": "ssm:/git"}
    assert boot["storage"]["s3"][0]["secret"] == {"ref": "secretsmanager:s3#secret"}
    assert boot["environment"] == {"HF_TOKEN": {"ref": "ssm:/hf"}, "TZ": "UTC"}
    assert boot["agent"]["version"] == "3.0.2"
    assert boot["arguments"] == ["--order-fairness"]
    assert boot["logs"] == "/clearml/machines"
    assert (guard["queues"], guard["life"]) == ([QUEUE], 12 * 3600)
    assert [part["ref"].rpartition("/")[2] for part in startup["parcel"]["parts"]][:2] == [
        "0",
        "1",
    ]


def test_a_script_that_does_not_fit_is_refused_with_the_remedy(
    monkeypatch: Patch,
) -> None:
    script = "".join(f"{n * n * 7919:x}" for n in range(9000))
    with ec2_bench(monkeypatch, resource(TYPE, f"machine: {{init_script: '{script}'}}")) as bench:
        order = bench.order("a")
        answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert answer.operator
    assert "ssm:/PATH" in answer.detail


def test_an_offering_that_was_taken_out_is_refused(monkeypatch: Patch) -> None:
    with ec2_bench(monkeypatch, resource(TYPE)) as bench:
        order = bench.order("a").model_copy(update={"offering": "p5.48xlarge:on-demand"})
        answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Refused)
    assert "p5.48xlarge:on-demand" in answer.detail


@pytest.mark.slow
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((TYPE, "ami: ami-12c6146b"), id="RunInstances"),
        pytest.param(("types: [g5.xlarge, g4dn.xlarge]", "ami: ami-12c6146b"), id="CreateFleet"),
    ],
)
def test_another_model_of_ec2_takes_the_same_request(
    monkeypatch: Patch, lines: tuple[str, ...]
) -> None:
    more = ("disk: {size: 30}", "tags: {project: vision}", "key_pair: ops")
    with ec2_bench(monkeypatch, resource(*lines, *more)) as bench, mock_aws():
        monkeypatch.delenv("AWS_ENDPOINT_URL")
        boto3.client("iam").create_instance_profile(InstanceProfileName="clearml-worker")
        compute, order = bench.built(bench.config), bench.order("a", count=2)
        answer = compute.launch(order, compute.render(order))
        assert isinstance(answer, Launched), answer
        listed = compute.machines()
    assert sorted(m.instance_id for m in answer.machines) == sorted(m.instance_id for m in listed)
    assert {(m.launch, m.attempt, m.queue_ids) for m in listed} == {("a", 1, (QUEUE,))}
