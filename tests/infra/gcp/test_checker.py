"""The checker sees what the provider would refuse."""

import pytest

from tests.infra.gcp.checker import faults
from tests.infra.gcp.schema import Schema

WHOLE = """
resource "google_pubsub_subscription" "one" {
  name  = "one"
  topic = "two"
  push_config {
    push_endpoint = "https://example.com"
    oidc_token {
      service_account_email = "a@b"
    }
  }
  dynamic "retry_policy" {
    for_each = [1]
    content {
      minimum_backoff = "10s"
    }
  }
  lifecycle {
    ignore_changes = [labels]
  }
}
data "google_project" "this" {
  project_id = "p"
}
"""
ONE = "google_pubsub_subscription.one"
TOKEN = f"{ONE}.push_config.oidc_token"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        pytest.param("", "", [], id="nothing is wrong"),
        pytest.param(
            '  topic = "two"\n',
            "",
            [f"{ONE}: the argument topic is required"],
            id="an argument that is missing",
        ),
        pytest.param(
            '  name  = "one"',
            '  named = "one"',
            [
                f"{ONE}.named: there is no such argument or block",
                f"{ONE}: the argument name is required",
            ],
            id="an argument that is not known",
        ),
        pytest.param(
            "service_account_email",
            "service_account_mail",
            [
                f"{TOKEN}.service_account_mail: there is no such argument or block",
                f"{TOKEN}: the argument service_account_email is required",
            ],
            id="a slip in a block of a block",
        ),
        pytest.param(
            "    push_endpoint =",
            "    endpoint =",
            [
                f"{ONE}.push_config.endpoint: there is no such argument or block",
                f"{ONE}.push_config: the argument push_endpoint is required",
            ],
            id="a slip in a block",
        ),
        pytest.param(
            "      minimum_backoff",
            "      minimal_backoff",
            [f"{ONE}.retry_policy.minimal_backoff: there is no such argument or block"],
            id="a slip in a block that is made in a loop",
        ),
        pytest.param(
            "    oidc_token {",
            "    oidc_token = {",
            [f"{ONE}.push_config.oidc_token: it is a block and no argument: write oidc_token {{"],
            id="a block written as an argument",
        ),
        pytest.param(
            '  topic = "two"',
            '  topic = "two"\n  labels {\n    a = "b"\n  }',
            [f"{ONE}.labels: it is an argument and no block: write labels ="],
            id="an argument written as a block",
        ),
        pytest.param(
            "  lifecycle {",
            "  dead_letter_policy {}\n  dead_letter_policy {}\n  lifecycle {",
            [f"{ONE}.dead_letter_policy: there can be only one"],
            id="a second block where one is all",
        ),
        pytest.param(
            '"google_pubsub_subscription" "one"',
            '"google_pubsub_subscriptions" "one"',
            ["google_pubsub_subscriptions.one: the provider has no resource of this type"],
            id="a type that is not known",
        ),
        pytest.param(
            '  project_id = "p"',
            '  number = "1"',
            ["google_project.this.number: it is only told, and cannot be set"],
            id="what Google tells and nobody sets",
        ),
    ],
)
def test_each_mistake_is_named(schema: Schema, right: str, wrong: str, told: list[str]) -> None:
    assert right in WHOLE
    assert list(faults(schema, WHOLE.replace(right, wrong, 1))) == told


def test_what_is_required_and_what_is_told_is_read_from_the_package(schema: Schema) -> None:
    account = schema["resources"]["google_service_account"]["attributes"]
    assert account["account_id"] == {"type": "string", "required": True, "computed": False}
    assert account["email"] == {"type": "string", "required": False, "computed": True}
    policy = schema["resources"]["google_monitoring_alert_policy"]["blocks"]["conditions"]
    assert (policy["many"], policy["required"]) == (True, True)
