"""The policy of whoever deploys: enough for all that the template has, and for nothing else."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.infra.rendered import ROOT, Template, listed

MADE_BY = {
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable",
    "AWS::Events::Rule": "events:PutRule",
    "AWS::IAM::InstanceProfile": "iam:CreateInstanceProfile",
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::Lambda::EventInvokeConfig": "lambda:PutFunctionEventInvokeConfig",
    "AWS::Lambda::EventSourceMapping": "lambda:CreateEventSourceMapping",
    "AWS::Lambda::Function": "lambda:CreateFunction",
    "AWS::Lambda::Permission": "lambda:AddPermission",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::S3::Bucket": "s3:CreateBucket",
    "AWS::S3::BucketPolicy": "s3:PutBucketPolicy",
    "AWS::SNS::Subscription": "sns:Subscribe",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SQS::QueuePolicy": "sqs:SetQueueAttributes",
    "AWS::SSM::Parameter": "ssm:PutParameter",
}
LONGEST = 6144  # characters of a managed policy; spaces do not count


@pytest.fixture(scope="module")
def policy() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_text())["Statement"]
    return found


def test_it_makes_every_part_of_the_template(
    template: Template, policy: list[dict[str, Any]]
) -> None:
    allowed = {action for one in policy for action in listed(one["Action"])}
    made = {MADE_BY[one["Type"]] for one in template.resources.values()}
    assert made <= allowed


def test_it_is_for_our_names_where_aws_lets_a_policy_say_so(policy: list[dict[str, Any]]) -> None:
    everywhere = [one["Sid"] for one in policy if one["Resource"] == "*"]
    assert everywhere == ["Template", "Sources", "TemplatesOfFleets", "LogGroups"]
    for one in policy:
        for resource in listed(one["Resource"]):
            named = resource + json.dumps(one.get("Condition", {}))
            assert resource == "*" or "clearml-autoscaler" in named


def test_it_has_no_pattern_for_an_action_and_no_power_over_machines(
    policy: list[dict[str, Any]],
) -> None:
    actions = [action for one in policy for action in listed(one["Action"])]
    assert not [action for action in actions if "*" in action]
    assert {action for action in actions if fnmatchcase(action, "ec2:*")} == {
        "ec2:DescribeLaunchTemplates",
        "ec2:DeleteLaunchTemplate",
    }
    (handed_on,) = (one for one in policy if one["Action"] == "iam:PassRole")
    assert handed_on["Condition"]["StringEquals"] == {
        "iam:PassedToService": "lambda.amazonaws.com"
    }


def test_it_deletes_no_launch_template_but_those_of_a_deployment(
    policy: list[dict[str, Any]],
) -> None:
    (one,) = (one for one in policy if one["Action"] == "ec2:DeleteLaunchTemplate")
    assert one["Condition"] == {
        "StringLike": {"aws:ResourceTag/clearml-autoscaler:deployment": "?*"}
    }


def test_it_is_short_enough_for_one_managed_policy() -> None:
    assert len(re.sub(r"\s", "", _text())) <= LONGEST


def _text() -> str:
    return (ROOT / "infra" / "aws" / "operator-policy.json").read_text()
