"""The Terraform module: Terraform takes it, and so does Google's provider."""

import re
from pathlib import Path

import hcl2
import pytest

from infra.package.settings import Settings
from tests.infra.gcp.checker import faults_in
from tests.infra.gcp.conftest import Planned
from tests.infra.gcp.planned import (
    MODULE,
    PROJECT,
    REGION,
    Plan,
    copied,
    package,
    planned,
    terraform,
)
from tests.infra.gcp.provider import serving
from tests.infra.gcp.schema import Schema
from tests.infra.rendered import texts

FILES = sorted(MODULE.glob("*.tf"))


@pytest.mark.usefixtures("needs_terraform")
def test_it_is_formatted(tmp_path: Path) -> None:
    done = terraform(copied(tmp_path), "fmt", "-check", "-diff", "-recursive")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_it_can_be_read_without_terraform(file: Path) -> None:
    assert hcl2.loads(file.read_text())


def test_everything_that_is_written_is_taken_by_the_provider(schema: Schema) -> None:
    assert faults_in(schema, MODULE) == []


@pytest.mark.usefixtures("needs_terraform")
def test_terraform_finds_it_valid(schema: Schema, tmp_path: Path) -> None:
    module = copied(tmp_path)
    with serving(schema) as environment:
        terraform(module, "init", environment=environment)
        done = terraform(module, "validate", "-no-color", environment=environment)
    assert done.stdout.strip() == "Success! The configuration is valid.", done.stderr


@pytest.mark.usefixtures("needs_terraform")
def test_a_first_plan_needs_nothing_that_google_tells_only_later(
    schema: Schema, settings: Settings, tmp_path: Path, plan: Plan
) -> None:
    given = {
        "project": PROJECT,
        "region": REGION,
        "package": str(package(settings, tmp_path / "p")),
    }
    first = planned(schema, tmp_path, given, knows=False)
    assert set(first.resources) == set(plan.resources)


@pytest.mark.usefixtures("needs_terraform")
def test_what_an_operator_writes_wrongly_is_named_with_its_remedy(
    schema: Schema, tmp_path: Path
) -> None:
    wrong = {
        "project": "My Project",
        "region": "europe-west4-a",
        "package": "nowhere",
        "alerts_email": "nobody",
        "runtime": "python39",
        "ingress": "all",
        "vpc_egress": "all",
    }
    module = copied(tmp_path)
    given = [f"-var={name}={value}" for name, value in wrong.items()]
    with serving(schema) as environment:
        terraform(module, "init", environment=environment)
        done = terraform(module, "plan", "-no-color", *given, environment=environment)
    assert done.returncode == 1
    told = re.sub(r"\s+", " ", done.stderr)
    for name in wrong:
        assert re.search(rf"on variables.tf .* {name}: ", told), name
    assert "run `make package-gcp` first" in told


def test_every_variable_and_output_says_what_it_is_for() -> None:
    for name, kind in (("variables.tf", "variable"), ("outputs.tf", "output")):
        declared = hcl2.loads((MODULE / name).read_text())[kind]
        assert declared
        for one in declared:
            for called, body in one.items():
                assert body.get("description"), called
                assert kind == "output" or "type" in body, called


CHOSEN = {
    "vpc_connector": f"projects/{PROJECT}/locations/{REGION}/connectors/ours",
    "vpc_egress": "ALL_TRAFFIC",
    "config_in_table": "true",
    "clearml_api_host": "https://clearml.example.com",
    "database_location": "eur3",
    "database_recovery": "true",
    "alerts_email": "ops@example.com",
    "notification_channels": '["projects/p/notificationChannels/1"]',
    "ingress": "ALLOW_ALL",
    "runtime": "python312",
    "launcher_permissions": '["compute.reservations.use"]',
    "labels": '{"team" = "ml"}',
}
FUNCTION = 'google_cloudfunctions2_function.function["poller"]'
SERVICE = (FUNCTION, "service_config", 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*SERVICE, "vpc_connector"), CHOSEN["vpc_connector"]),
        ((*SERVICE, "vpc_connector_egress_settings"), "ALL_TRAFFIC"),
        ((*SERVICE, "ingress_settings"), "ALLOW_ALL"),
        ((*SERVICE, "environment_variables", "CONFIG"), "table:"),
        ((*SERVICE, "environment_variables", "CLEARML_API_HOST"), CHOSEN["clearml_api_host"]),
        ((FUNCTION, "build_config", 0, "runtime"), "python312"),
        (("google_firestore_database.table", "location_id"), "eur3"),
        (
            ("google_firestore_database.table", "point_in_time_recovery_enablement"),
            "POINT_IN_TIME_RECOVERY_ENABLED",
        ),
        (
            ("google_monitoring_alert_policy.poller_silent", "notification_channels"),
            ["projects/p/notificationChannels/1", "google_monitoring_notification_channel.id"],
        ),
        (
            ("google_monitoring_notification_channel.email[0]", "labels", "email_address"),
            "ops@example.com",
        ),
        (
            ("google_pubsub_topic.dead", "labels"),
            {"team": "ml", "clearml-autoscaler-stack": "team"},
        ),
        (
            (
                f'google_project_iam_custom_role.compute["{PROJECT}/starter"]',
                "permissions",
                0,
            ),
            "compute.reservations.use",
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_can_be_chosen(
    planned_with: Planned, place: tuple[str | int, ...], value: object
) -> None:
    found: object = planned_with(**CHOSEN).resources
    for step in place:
        found = found[step]  # type: ignore[index]  # a place in a document
    assert found == value


def test_as_it_comes_it_is_in_no_network_and_tells_nobody(plan: Plan) -> None:
    for one in plan.of("google_cloudfunctions2_function").values():
        assert one["service_config"][0]["vpc_connector"] is None
    for one in plan.of("google_monitoring_alert_policy").values():
        assert not one["notification_channels"]


def test_the_outputs_tell_where_the_parts_are(plan: Plan) -> None:
    assert plan.outputs["database"] == plan.outputs["prefix"] == "clearml-autoscaler-team"
    assert plan.outputs["stage"] == "team"
    assert plan.outputs["config_in"] == "package"
    assert (
        plan.outputs["machines_account"] == f"cas-team-machines@{PROJECT}.iam.gserviceaccount.com"
    )
    assert plan.outputs["machine_projects"] == [PROJECT, "other-project"]
    topics = f"projects/{PROJECT}/topics/clearml-autoscaler-team"
    assert plan.outputs["alerts_topic"] == f"{topics}-alerts"


def test_nobody_from_outside_is_let_in(plan: Plan) -> None:
    everything = list(texts(dict(plan.resources)))
    assert not [one for one in everything if one in ("allUsers", "allAuthenticatedUsers")]
    for one in plan.of("google_cloudfunctions2_function").values():
        assert one["service_config"][0]["ingress_settings"] == "ALLOW_INTERNAL_ONLY"
    (bucket,) = plan.of("google_storage_bucket").values()
    assert bucket["public_access_prevention"] == "enforced"
