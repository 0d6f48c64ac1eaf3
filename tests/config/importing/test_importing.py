"""ClearML's autoscalers become ours, and nothing is lost on the way."""

import json
from itertools import pairwise
from typing import Any

import pytest
import yaml

from autoscaler.config import Config, parse
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.importing import Imported, of_settings, of_task, of_text
from autoscaler.errors import ConfigError
from tests.config.importing.examples import FILE, FORM, SECRETS, parameters

API = "https://api.clear.ml"


def imported(data: dict[str, Any]) -> Imported:
    return of_settings(data, "app.json", name="lab", api=API)


def of_file(text: str = FILE) -> Imported:
    return of_text(text, "aws_autoscaler.yaml", name="lab", api=API)


def read(found: Imported) -> Config:
    assert found.problems == ()
    return parse(found.text)


def edited(**changes: Any) -> dict[str, Any]:
    """The file's settings with other ones beside them; None takes one out."""
    data: dict[str, Any] = yaml.safe_load(FILE)
    data["hyper_params"] |= changes
    return data


def resource(**changes: Any) -> Ec2Section:
    """Ours of the file's first resource, with other keys."""
    data = edited()
    resources = data["configurations"]["resource_configurations"]
    resources["gpu_small"] |= changes
    found = read(imported(data)).autoscalers[0].resources[0]
    assert isinstance(found, Ec2Section)
    return found


def told(found: Imported) -> dict[str, str]:
    return {problem.field: problem.remedy for problem in found.left}


# --- the whole -------------------------------------------------------------------------------


def test_a_file_becomes_what_it_means() -> None:
    config = read(of_file())
    (autoscaler,) = config.autoscalers
    small, large, cpu = autoscaler.resources
    assert isinstance(small, Ec2Section)
    assert isinstance(large, Ec2Section)
    assert isinstance(cpu, Ec2Section)

    assert (autoscaler.name, autoscaler.prefix) == ("vision", "dynamic_vision")
    assert autoscaler.policy == "simple"  # machines stop as they did
    assert (autoscaler.max_idle.seconds, autoscaler.max_spin_up.seconds) == (900, 1800)
    assert config.polling_interval.seconds == 300
    assert config.aws is not None
    assert (config.aws.region, config.aws.instance_profile) == ("us-east-1", "ml-worker")
    machine = config.machine_of(autoscaler, small)
    assert machine.image == "nvidia/cuda:12.6.3-runtime-ubuntu22.04 --ipc=host"
    assert machine.init_script == '#!/bin/bash\necho "ready: $HOME"\n'
    assert machine.clearml_conf == "agent.package_manager.type: pip\n"
    assert (small.types, bool(small.spot), small.zones) == (
        ("g4dn.4xlarge",),
        True,
        ("us-east-1b",),
    )
    assert small.disk is not None
    assert (small.disk.size, small.disk.type) == (100, "gp3")
    assert small.tags == {"project": "vision", "team": "a"}
    assert small.launch_spec == {
        "Monitoring": {"Enabled": True},
        "Placement": {"Tenancy": "default"},
    }
    assert (large.subnets, cpu.cpu_only) == (("subnet-0a1b2c3d",), True)


def test_two_resources_on_one_queue_stay_and_keep_their_order() -> None:
    resources = read(of_file()).autoscalers[0].resources

    assert [(r.name, r.queues, r.max_instances) for r in resources] == [
        ("gpu_small", ("gpu queue",), 4),
        ("gpu_large", ("gpu queue",), 1),
        ("cpu", ("cpu queue",), 2),
    ]


def test_each_value_says_where_it_comes_from() -> None:
    lines = of_file().text.splitlines()

    (line,) = [line for line in lines if "max_idle:" in line]
    assert line.split() == ["max_idle:", "15m", "#", "hyper_params.max_idle_time_min"]


def test_a_task_is_read_like_its_file() -> None:
    data = yaml.safe_load(FILE)
    task = {
        "id": "t1",
        "hyperparams": {
            "General": parameters(**{k: str(v) for k, v in data["hyper_params"].items()}),
            "properties": parameters(log_level="DEBUG"),
        },
        "configuration": {
            "General": {"name": "General", "value": json.dumps(data["configurations"])}
        },
    }

    found = imported(dict(of_task(task)))

    assert read(found) == read(of_file())
    assert "log_level" not in str(found)


def test_the_form_of_the_app_is_read() -> None:
    config = read(imported(FORM))
    (autoscaler,) = config.autoscalers
    large, spare = autoscaler.resources
    assert isinstance(large, Ec2Section)

    assert (autoscaler.name, autoscaler.on_shutdown) == ("vision-team", "all")
    assert config.machine is not None
    assert (config.machine.docker, config.machine.bashrc) == (False, False)
    assert (large.name, spare.name) == ("gpu-large", "gpu-spare")
    assert large.queues == spare.queues == ("gpu queue",)
    assert (large.max_instances, spare.max_instances) == (3, 1)
    assert (bool(large.spot), large.on_demand_fallback) == (True, True)
    assert [str(large.fallback_after), str(large.spot_blackout)] == ["0:10:00", "0:05:00"]
    assert large.tag_on == ("instance", "volume")


def test_ours_is_read_as_it_is() -> None:
    ours = of_file().text

    assert of_text(ours, "x", name="lab", api=API).left == ()
    assert parse(of_text(ours, "x", name="lab", api=API).text) == parse(ours)


# --- secrets ---------------------------------------------------------------------------------


def test_no_secret_is_in_what_is_shown() -> None:
    found = of_file()

    assert all(secret not in str(found) for secret in SECRETS)
    assert all(secret not in repr(found) for secret in SECRETS)


def test_each_secret_has_a_reference_that_the_result_uses() -> None:
    found = of_file()
    kept = {each.reference: each.value for each in found.secrets}

    values = [value.get_secret_value() for value in kept.values() if value]
    assert sorted(values) == sorted(SECRETS)
    assert all(f" {reference}" in found.text for reference in kept)
    assert "ssm:/clearml-autoscaler/vision/git-password" in kept


def test_the_agents_own_login_has_to_be_made() -> None:
    missing = [each.reference for each in of_file().secrets if each.value is None]

    assert [reference.rpartition("/")[2] for reference in missing] == [
        "agent-access-key",
        "agent-secret-key",
    ]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("extra_clearml_conf", 'sdk.aws.s3.secret: "hunter2"', id="in a setting"),
        pytest.param("extra_vm_bash_script", "export TOKEN=hunter2", id="in a script"),
    ],
)
def test_a_long_text_with_a_secret_becomes_one(key: str, text: str) -> None:
    data = edited()
    data["configurations"][key] = f"first line\n{text}\n"

    found = imported(data)

    assert "hunter2" not in str(found)
    assert told(found)[f"configurations.{key}"].startswith("holds what looks like a secret")
    assert read(found).machine is not None


def test_keys_that_are_not_used_are_not_kept() -> None:
    found = imported(edited(use_credentials_chain=True))

    assert len([each for each in found.secrets if each.value]) == 1
    assert "hyper_params.cloud_credentials_secret" in told(found)
    assert read(found).aws is not None


# --- what ClearML means ----------------------------------------------------------------------


def test_without_an_image_tasks_run_without_docker() -> None:
    machine = read(imported(edited(default_docker_image=""))).machine

    assert machine is not None
    assert machine.docker is False


def test_an_arn_comes_before_a_name() -> None:
    arn = "arn:aws:iam::123456789012:instance-profile/other"
    found = imported(edited(iam_arn=arn))
    config = read(found)

    assert config.aws is not None
    assert config.aws.instance_profile == arn
    assert "hyper_params.iam_name" in told(found)


def test_a_disk_without_a_size_has_the_80_gb_of_clearml() -> None:
    disk = resource(ebs_volume_size=None).disk

    assert disk is not None
    assert disk.size == 80


def test_a_snapshot_sets_the_disks_size() -> None:
    disk = resource(ebs_snapshot_id="snap-0a1b2c3d").disk

    assert disk is not None
    assert (disk.snapshot, disk.size) == ("snap-0a1b2c3d", None)


def test_a_machine_without_a_gpu_is_not_waited_for_one() -> None:
    assert resource(instance_type="m5.large").cpu_only


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param(0.5, 30, id="half a minute"),
        pytest.param("2", 120, id="a number as text"),
        pytest.param(90, 5400, id="more than an hour"),
    ],
)
def test_minutes_may_be_written_as(written: object, shown: int) -> None:
    config = read(imported(edited(polling_interval_time_min=written)))

    assert config.polling_interval.total_seconds() == shown


# --- nothing is dropped without a word -------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"some_new_option": 1}, "hyper_params.some_new_option", id="unknown"),
        pytest.param({"some": {"new": {"option": 1}}}, "hyper_params.some.new.option", id="deep"),
        pytest.param({"max_idle_time_min": "x"}, "hyper_params.max_idle_time_min", id="no number"),
        pytest.param(
            {"max_idle_time_min": "inf"}, "hyper_params.max_idle_time_min", id="for ever"
        ),
        pytest.param({"workers_prefix": "a:b"}, "hyper_params.workers_prefix", id="no prefix"),
        pytest.param({"tags": "a=b"}, "hyper_params.tags", id="another meaning"),
        pytest.param({"tags": "a"}, "hyper_params.tags", id="no pairs"),
        pytest.param(
            {"default_docker_image": "img -e PASSWORD=hunter2"},
            "hyper_params.default_docker_image",
            id="a secret in an image's arguments",
        ),
    ],
)
def test_it_is_told_what_was_not_taken_as_it_stands(changes: dict[str, Any], field: str) -> None:
    found = imported(edited(**changes))

    assert field in told(found)
    assert "hunter2" not in str(found)
    assert len(read(found).autoscalers) == 1


def test_a_resource_without_a_queue_and_a_queue_without_a_resource_are_told() -> None:
    data = edited()
    data["configurations"]["queues"] = {"gpu queue": [["gpu_small", 4], ["nobody", 1], "odd"]}
    found = imported(data)

    assert [r.name for r in read(found).autoscalers[0].resources] == ["gpu_small"]
    assert set(told(found)) == {
        "configurations.resource_configurations.gpu_large",
        "configurations.resource_configurations.cpu",
        "configurations.queues.gpu queue[1]",
        "configurations.queues.gpu queue[2]",
    }


def test_what_a_launch_may_not_say_is_told() -> None:
    data = edited()
    small = data["configurations"]["resource_configurations"]["gpu_small"]
    small["extra_configurations"] = {"UserData": "x", "EbsOptimized": True}
    found = imported(data)
    ours = read(found).autoscalers[0].resources[0]
    assert isinstance(ours, Ec2Section)

    assert ours.launch_spec == {"Monitoring": {"Enabled": True}, "EbsOptimized": True}
    place = "configurations.resource_configurations.gpu_small.extra_configurations.UserData"
    assert told(found)[place] == "not for here: write machine: init_script"


def test_a_mistake_that_stays_is_told_and_the_text_is_there() -> None:
    found = imported(edited(iam_name="no name!"))

    assert [problem.field for problem in found.problems] == ["aws.instance_profile (line 12)"]
    assert "instance_profile: no name!" in found.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [", "bracket or a comma is missing|quotes and indentation", id="no YAML"),
        pytest.param("- 1", "holds no settings", id="a list"),
        pytest.param("a: 1", "no resource is in it", id="something else"),
        pytest.param("x" * 1_000_001, "larger than", id="too much"),
        pytest.param("a: &a {b: *a}", "too deep", id="settings that hold themselves"),
        pytest.param(
            "a: &a {x: 1, y: 2}\n"
            + "".join(
                f"{n}: &{n} {{x: *{m}, y: *{m}}}\n"
                for m, n in pairwise("abcdefghijklmnopqrstuvwx")
            ),
            "too much",
            id="much of little text",
        ),
        pytest.param(
            FILE.replace("cloud_provider: AWS", "cloud_provider: Azure"),
            "only autoscalers for AWS and GCP",
            id="another cloud",
        ),
    ],
)
def test_what_is_no_autoscaler_of_aws_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        of_file(text)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        pytest.param({"id": "t"}, "no settings", id="an ordinary task"),
        pytest.param(
            {"id": "t", "configuration": {"General": {"value": "{{"}}},
            "configuration.General: is neither JSON nor what ClearML's SDK writes",
            id="a configuration that cannot be read",
        ),
    ],
)
def test_a_task_that_cannot_be_read_is_refused(task: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        of_task(task)
