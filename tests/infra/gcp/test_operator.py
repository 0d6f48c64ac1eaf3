"""The role of whoever deploys: enough for all that the module has, and for nothing else."""

from typing import Any

import pytest
import yaml

from tests.infra.gcp.planned import MODULE, Plan

MADE_BY = {
    "google_artifact_registry_repository": "artifactregistry.repositories.create",
    "google_artifact_registry_repository_iam_member": "artifactregistry.repositories.setIamPolicy",
    "google_cloud_run_v2_service_iam_member": "run.services.setIamPolicy",
    "google_cloud_scheduler_job": "cloudscheduler.jobs.create",
    "google_cloudfunctions2_function": "cloudfunctions.functions.create",
    "google_firestore_database": "datastore.databases.create",
    "google_firestore_field": "datastore.indexes.update",
    "google_firestore_index": "datastore.indexes.create",
    "google_logging_project_sink": "logging.sinks.create",
    "google_monitoring_alert_policy": "monitoring.alertPolicies.create",
    "google_monitoring_notification_channel": "monitoring.notificationChannels.create",
    "google_project_iam_custom_role": "iam.roles.create",
    "google_project_iam_member": "resourcemanager.projects.setIamPolicy",
    "google_project_service": "serviceusage.services.enable",
    "google_pubsub_subscription": "pubsub.subscriptions.create",
    "google_pubsub_subscription_iam_member": "pubsub.subscriptions.setIamPolicy",
    "google_pubsub_topic": "pubsub.topics.create",
    "google_pubsub_topic_iam_member": "pubsub.topics.setIamPolicy",
    "google_secret_manager_secret_iam_member": "secretmanager.secrets.setIamPolicy",
    "google_service_account": "iam.serviceAccounts.create",
    "google_service_account_iam_member": "iam.serviceAccounts.setIamPolicy",
    "google_storage_bucket": "storage.buckets.create",
    "google_storage_bucket_iam_member": "storage.buckets.setIamPolicy",
    "google_storage_bucket_object": "storage.objects.create",
}


@pytest.fixture(scope="module")
def role() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((MODULE / "operator-role.yaml").read_text())
    return found


def test_it_makes_every_part_of_the_module(plan: Plan, role: dict[str, Any]) -> None:
    made = {MADE_BY[address.partition(".")[0]] for address in plan.resources}
    assert made <= set(role["includedPermissions"])


def test_it_names_each_permission_once_and_in_full(role: dict[str, Any]) -> None:
    permissions = role["includedPermissions"]
    assert len(permissions) == len(set(permissions))
    assert all(len(one.split(".")) == 3 and "*" not in one for one in permissions)


def test_it_has_no_power_over_machines_and_reads_no_secret(role: dict[str, Any]) -> None:
    permissions = role["includedPermissions"]
    assert not [one for one in permissions if one.startswith("compute.")]
    assert "secretmanager.versions.access" not in permissions
    assert "datastore.databases.delete" not in permissions
