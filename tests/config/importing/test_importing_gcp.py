"""ClearML's GCP autoscaler becomes ours, and nothing is lost on the way."""

import json
from typing import Any

import pytest

from autoscaler.config import Config, GceSection, parse
from autoscaler.config.importing import Imported, of_settings, of_task
from autoscaler.errors import ConfigError
from tests.config.importing.examples import GCP_FORM, parameters

PLACE = "Compute Resources"


def imported(data: dict[str, Any]) -> Imported:
    return of_settings(data, "app.json", name="lab", api="https://api.clear.ml")


def read(found: Imported) -> Config:
    assert found.problems == ()
    return parse(found.text)


def told(found: Imported) -> dict[str, str]:
    return {problem.field: problem.remedy for problem in found.left}


def resource(at: int = 0, **changes: Any) -> GceSection:
    """Ours of one of the form's resources, with other keys; None takes one out."""
    resources = [dict(each) for each in GCP_FORM[PLACE]]
    resources[at] |= changes
    resources[at] = {key: value for key, value in resources[at].items() if value is not None}
    found = read(imported({**GCP_FORM, PLACE: resources})).autoscalers[0].resources[at]
    assert isinstance(found, GceSection)
    return found


def test_the_gcp_app_becomes_a_configuration() -> None:
    config = read(imported(GCP_FORM))
    (autoscaler,) = config.autoscalers
    old, new, cpu = autoscaler.resources
    assert isinstance(old, GceSection)
    assert isinstance(new, GceSection)
    assert isinstance(cpu, GceSection)

    assert (autoscaler.name, autoscaler.prefix) == ("vision-on-google", "dynamic_gcp")
    assert config.gcp is not None
    assert config.gcp.project == "my-project-42"
    assert (
        config.gcp.credentials == "gcp-secret:clearml-autoscaler-vision-on-google-gcp-credentials"
    )
    assert config.gcp.metadata == {"team": "ml"}
    assert config.aws is None
    assert (old.name, old.types, old.queues) == ("gpu-old", ("n1-standard-8",), ("gpu queue",))
    assert old.zones == new.zones == ("europe-west4-a",)
    assert cpu.zones == ("europe-west4-b",)
    assert old.subnet == "projects/my-project-42/regions/europe-west4/subnetworks/ml"
    assert (old.gpu_type, old.gpu_count) == ("nvidia-tesla-t4", 1)
    assert (old.spot, old.spot_model, old.on_demand_fallback) == (True, "preemptible", True)
    assert old.fallback_after is not None
    assert old.spot_blackout is not None
    assert (old.fallback_after.seconds, old.spot_blackout.seconds) == (600, 300)
    assert old.machine_image == "projects/ml-images/global/images/v3"
    assert old.disk is not None
    assert old.disk.size == 100
    account = config.gcp_of(autoscaler, old)
    assert account.service_account == "worker@my-project-42.iam.gserviceaccount.com"
    assert account.scopes == ("storage-rw", "https://www.googleapis.com/auth/bigquery")
    assert old.metadata == {"install-nvidia-driver": "True"}
    assert (new.spot, new.spot_model, new.gpu_type) == (True, "spot", None)
    assert (cpu.cpu_only, cpu.spot, cpu.max_instances) == (True, False, 2)
    assert config.gcp_of(autoscaler, cpu).service_account is None


def test_what_was_not_taken_as_it_stands_is_told() -> None:
    found = told(imported(GCP_FORM))
    assert found["Global Metadata.startup-script"] == "not for here: write machine: init_script"
    assert found["Global Metadata.db-password"].startswith("whoever sees the machine sees its")
    assert found[f"{PLACE}[0].Some New Option"] == "unknown here: nothing of it was taken over"
    assert found[f"{PLACE}[1].GPU Type"] == "its types have it: it is left out"
    assert found[f"{PLACE}[0].Resource Name"].startswith("is called gpu-old here")


def test_no_secret_is_in_what_is_shown_and_each_has_a_reference_of_google_s() -> None:
    found = imported(GCP_FORM)
    shown = found.text + str(found.left)
    assert [
        secret for secret in ("s3cr3t-of-google", "t0ken-of-git", "hunter2") if secret in shown
    ] == []
    kept = {
        each.reference.rpartition("vision-on-google-")[2]: each.value for each in found.secrets
    }
    assert set(kept) == {"agent-access-key", "agent-secret-key", "gcp-credentials", "git-password"}
    assert all(each.reference.startswith("gcp-secret:") for each in found.secrets)
    assert all(each.reference in found.text for each in found.secrets)
    assert kept["gcp-credentials"] is not None
    assert "s3cr3t-of-google" in kept["gcp-credentials"].get_secret_value()


def test_credentials_that_are_an_object_are_kept_as_json() -> None:
    key = {"type": "service_account", "private_key": "s3cr3t-of-google"}
    found = imported({**GCP_FORM, "GCP Configuration": {"GCP Credentials": key}})
    (value,) = (e.value for e in found.secrets if e.reference.endswith("gcp-credentials"))
    assert value is not None
    assert json.loads(value.get_secret_value()) == key
    assert "s3cr3t-of-google" not in found.text


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param({"Use default Service Account": True}, "Service Account Email", id="default"),
        pytest.param({"Run in CPU mode": True}, "GPU Type", id="a GPU in CPU mode"),
        pytest.param({"Provision Model": "other"}, "Provision Model", id="no provision model"),
        pytest.param({"Metadata": "a"}, "Metadata", id="no metadata"),
        pytest.param({"Disk Size (GB)": "large"}, "Disk Size (GB)", id="no size"),
    ],
)
def test_two_settings_that_do_not_go_together_are_told(changes: dict[str, Any], left: str) -> None:
    resources = [GCP_FORM[PLACE][0] | changes, *GCP_FORM[PLACE][1:]]
    assert f"{PLACE}[0].{left}" in told(imported({**GCP_FORM, PLACE: resources}))


def test_several_gpus_and_labels_are_taken_over() -> None:
    found = resource(0, **{"GPU Count": 2, "Tags": "project=vision"})
    assert (found.gpu_count, found.labels) == (2, {"project": "vision"})


def test_a_mistake_that_stays_is_told_and_the_text_is_there() -> None:
    resources = [{**GCP_FORM[PLACE][2], "Machine Image": None}]
    found = imported({**GCP_FORM, PLACE: resources})
    assert "machine_image: " in str(found.problems[0].remedy)
    assert "n2-custom-8-16384" in found.text


def test_a_task_of_the_app_is_read() -> None:
    """With the names that its settings have in a task."""
    general = parameters(
        cloud_provider="GCP",
        gcp_project_id="my-project-42",
        gcp_zone="us-east1-b",
        gcp_credentials='{"private_key": "s3cr3t-of-google"}',
        workers_prefix="dynamic_gcp",
        max_idle_time_min="15",
        polling_interval_time_min="5",
    )
    listed = [
        {
            "resource_name": "gpu",
            "queue_name": "gpu queue",
            "num_instances": 2,
            "machine_type": "n1-standard-4",
            "source_image": "projects/ml-images/global/images/v3",
            "gpu_type": "nvidia-tesla-t4",
            "gpu_count": 1,
            "preemptible": True,
        }
    ]
    task = {
        "id": "t",
        "hyperparams": {"General": general},
        "configuration": {"resource_configurations": {"value": json.dumps(listed)}},
    }
    config = read(imported(dict(of_task(task))))
    (found,) = config.autoscalers[0].resources
    assert isinstance(found, GceSection)
    assert (found.types, found.zones, found.spot) == (("n1-standard-4",), ("us-east1-b",), True)
    assert found.max_instances == 2


def test_a_cloud_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ConfigError, match="only autoscalers for AWS and GCP"):
        imported({**GCP_FORM, "Cloud Provider": "Azure"})
