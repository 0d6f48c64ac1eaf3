"""What would be deployed: nothing gets lost, a person hears of it, nothing grows for ever."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from autoscaler.hosts.aws import TIMING
from autoscaler.machine.pack import guard_parcel
from infra.package.settings import Settings, read
from tests.infra.conftest import Rendered
from tests.infra.rendered import Template, listed, texts
from tests.infra.test_package import FITS, GOOGLE, written_with

DEAD = {"DeadLetters", "DeadEvents"}


@pytest.mark.slow
def test_cfn_lint_finds_nothing(template_file: Path) -> None:
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(  # noqa: S603 - the tool under test
        # W3005: the tool writes a dependency that CloudFormation finds by itself.
        [lint, "--ignore-checks", "W3005", "--template", str(template_file)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_table_outlives_the_deployment(template: Template) -> None:
    (table,) = (
        one for one in template.resources.values() if one["Type"] == "AWS::DynamoDB::Table"
    )
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"


def test_every_function_is_small_on_arm_and_each_log_has_an_end(
    template: Template,
) -> None:
    functions = template.of("AWS::Lambda::Function")
    for one in functions.values():
        assert (one["Runtime"], one["Architectures"]) == ("python3.13", ["arm64"])
        assert one["MemorySize"] <= 512
    logs = template.of("AWS::Logs::LogGroup").values()
    assert {one["LogGroupName"] for one in logs} == {
        *(f"/aws/lambda/{one['FunctionName']}" for one in functions.values()),
        "/clearml-autoscaler/team/machines",
    }
    assert all(one["RetentionInDays"] for one in logs)


def test_a_reaper_has_room_for_googles_client_where_it_may_need_it(
    settings: Settings, tmp_path: Path
) -> None:
    told = settings.for_templates()
    assert told["memory"] == {"launcher": 512, "reaper": 256}
    file = tmp_path / "autoscaler.yaml"
    file.write_text(written_with({**FITS, "resource": GOOGLE}))
    assert read(file).for_templates()["memory"] == {"launcher": 512, "reaper": 512}


def test_what_functions_are_told_is_no_secret(template: Template) -> None:
    plain = {"TABLE", "TOPIC_ARN", "ALERTS_ARN", "CONFIG", "DEAD_LETTERS"}
    for one in template.of("AWS::Lambda::Function").values():
        assert set(one["Environment"]["Variables"]) <= plain
    everything = " ".join(texts(template.raw))
    assert "{{resolve:" not in everything
    assert not [one for one in texts(template.raw) if "clearml#" in one]  # the configuration's


@pytest.mark.parametrize(
    ("said", "config"), [("", "autoscaler.json"), ("no", "autoscaler.json"), ("yes", "table:")]
)
def test_functions_go_by_the_packaged_configuration_or_by_the_tables(
    rendered: Rendered, said: str, config: str
) -> None:
    for one in rendered(ConfigInTable=said).of("AWS::Lambda::Function").values():
        assert one["Environment"]["Variables"]["CONFIG"] == config


def test_the_stack_tells_what_its_roles_were_made_for(template: Template) -> None:
    told = {name: one["Value"] for name, one in template.raw["Outputs"].items()}
    regions = [{"Ref": "AWS::Region"}, "eu-north-1", "eu-west-1", "us-east-1"]
    assert told["MachineRegions"] == {"Fn::Join": [" ", regions]}
    assert told["AssumedRoles"] == {"Fn::Join": [" ", {"Ref": "OtherAccounts"}]}
    assert told["OtherClouds"] == {"Fn::Join": [" ", {"Ref": "OtherClouds"}]}


def test_every_queue_hands_what_fails_on_to_one_that_keeps_it_for_two_weeks(
    template: Template,
) -> None:
    queues = template.of("AWS::SQS::Queue")
    assert set(queues) >= DEAD
    for name in DEAD:
        assert queues.pop(name)["MessageRetentionPeriod"] == 14 * 24 * 3600
    for one in queues.values():
        assert one["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
            "maxReceiveCount": 5,
        }


def test_what_cannot_be_delivered_is_kept(template: Template) -> None:
    subscriptions = template.of("AWS::SNS::Subscription")
    for one in subscriptions.values():
        assert redriven(one["RedrivePolicy"]) == "DeadEvents"
    assert {kind for one in subscriptions.values() for kind in one["FilterPolicy"]["kind"]} == {
        "launch",
        "poke",
        "reap",
    }
    for one in template.of("AWS::Events::Rule").values():
        (target,) = one["Targets"]
        if "ScheduleExpression" not in one:  # a minute that was missed is the next one's
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadEvents", "Arn"]}
            assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 2
    kept = invoke_configs(template)["WatcherLambdaFunction"]["DestinationConfig"]["OnFailure"]
    assert kept["Destination"] == {"Fn::GetAtt": ["DeadEvents", "Arn"]}


def redriven(policy: dict[str, Any]) -> str:
    target = policy["deadLetterTargetArn"]
    name = target["Fn::GetAtt"][0]
    assert isinstance(name, str)
    return name


def invoke_configs(template: Template) -> dict[str, dict[str, Any]]:
    found = template.of("AWS::Lambda::EventInvokeConfig").values()
    return {one["FunctionName"]["Ref"]: one for one in found}


def test_the_schedule_comes_every_minute_and_a_late_tick_is_not_made_up_for(
    template: Template,
) -> None:
    rules = template.of("AWS::Events::Rule").values()
    (schedule,) = (one for one in rules if "ScheduleExpression" in one)
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    poller = invoke_configs(template)["PollerLambdaFunction"]
    assert (poller["MaximumRetryAttempts"], poller["MaximumEventAgeInSeconds"]) == (0, 60)


def test_a_queue_waits_for_its_function_and_hands_over_single_messages_again(
    template: Template,
) -> None:
    queues = template.of("AWS::SQS::Queue")
    functions = template.of("AWS::Lambda::Function")
    sources = template.of("AWS::Lambda::EventSourceMapping").values()
    assert {one["EventSourceArn"]["Fn::GetAtt"][0] for one in sources} == set(queues) - DEAD
    for one in sources:
        function = functions[one["FunctionName"]["Fn::GetAtt"][0]]
        queue = queues[one["EventSourceArn"]["Fn::GetAtt"][0]]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert one["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert one["ScalingConfig"]["MaximumConcurrency"] <= 5


def test_a_claim_outlives_the_launcher_that_made_it(template: Template) -> None:
    functions = template.of("AWS::Lambda::Function")
    timeout = timedelta(seconds=functions["LauncherLambdaFunction"]["Timeout"])
    assert TIMING.claim >= timeout + timedelta(seconds=15)


def test_an_order_may_go_on_with_its_next_offering_as_often_as_there_are_some(
    template: Template,
) -> None:
    functions = template.of("AWS::Lambda::Function")
    endless = {name for name, one in functions.items() if one.get("RecursiveLoop") == "Allow"}
    assert endless == {"LauncherLambdaFunction"}


def test_a_queue_takes_messages_from_our_topic_and_our_rules_only(template: Template) -> None:
    (policy,) = template.of("AWS::SQS::QueuePolicy").values()
    by_sns, by_events = policy["PolicyDocument"]["Statement"]
    assert by_sns["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}}
    (rule,) = texts(by_events["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"])
    assert ":rule/clearml-autoscaler-team-" in rule
    names = [str(one.get("Name", "")) for one in template.of("AWS::Events::Rule").values()]
    assert all(not name or name.startswith("clearml-autoscaler-team-") for name in names)


def test_a_person_hears_of_every_alarm_and_the_alarms_are_free(template: Template) -> None:
    alarms = template.of("AWS::CloudWatch::Alarm")
    assert set(alarms) == {
        "DeadLettersAlarm",
        "DeadEventsAlarm",
        "PollerErrorsAlarm",
        "PollerSilentAlarm",
        "ThrottlesAlarm",
    }
    for one in alarms.values():
        assert one["AlarmActions"] == one["OKActions"] == [{"Ref": "Alerts"}]
    metrics = [
        metric
        for one in alarms.values()
        for metric in one.get("Metrics", [{"MetricStat": ...}])
        if "MetricStat" in metric
    ]
    assert len(metrics) <= 10
    assert alarms["PollerSilentAlarm"]["TreatMissingData"] == "breaching"


def test_the_watcher_hears_of_dead_letters(template: Template) -> None:
    patterns = [one.get("EventPattern", {}) for one in template.of("AWS::Events::Rule").values()]
    (alarms,) = (one["resources"] for one in patterns if one.get("source") == ["aws.cloudwatch"])
    assert alarms == [
        {"Fn::GetAtt": [f"{name}Alarm", "Arn"]} for name in ("DeadLetters", "DeadEvents")
    ]


def test_the_machines_guard_is_kept_in_free_parameters(template: Template) -> None:
    found = [(one["Name"], one["Value"]) for one in template.of("AWS::SSM::Parameter").values()]
    parcel = guard_parcel()
    folder = f"/clearml-autoscaler/team/guard/{parcel.sha256[:16]}"
    assert found == [(f"{folder}/{n}", part) for n, part in enumerate(parcel.parts())]
    assert all(len(part) <= 4096 for _, part in found)
    after = template.resources["LauncherLambdaFunction"]["DependsOn"]
    assert set(template.of("AWS::SSM::Parameter")) <= set(after)


def test_functions_are_in_the_operators_network_when_one_is_named(rendered: Rendered) -> None:
    functions = rendered(Subnets="subnet-1", SecurityGroups="sg-1").of("AWS::Lambda::Function")
    for one in functions.values():
        assert one["VpcConfig"] == {
            "SubnetIds": {"Ref": "Subnets"},
            "SecurityGroupIds": {"Ref": "SecurityGroups"},
        }
    for one in rendered().of("AWS::Lambda::Function").values():
        assert "VpcConfig" not in one


def test_the_operators_key_is_used_where_one_is_named(rendered: Rendered) -> None:
    with_key = rendered(KmsKeyArn="arn:aws:kms:eu-central-1:123456789012:key/1")
    for one in with_key.of("AWS::SQS::Queue").values():
        assert one["KmsMasterKeyId"] == {"Ref": "KmsKeyArn"}
    for one in rendered().of("AWS::SQS::Queue").values():
        assert one["SqsManagedSseEnabled"] is True
    assert "KmsKeyArn" in texts(list(with_key.of("AWS::DynamoDB::Table").values()))


def test_alerts_reach_the_address_that_was_given(rendered: Rendered) -> None:
    subscriptions = rendered(AlertsEmail="ops@example.com").of("AWS::SNS::Subscription")
    assert subscriptions["AlertsByEmail"]["Protocol"] == "email"
    assert "AlertsByEmail" not in rendered().of("AWS::SNS::Subscription")


@pytest.mark.parametrize("stack", ["Table", "Topic", "Alerts", "DeadLetters", "DeadEvents"])
def test_the_stack_tells_where_its_parts_are(template: Template, stack: str) -> None:
    told = json.dumps(listed(template.raw["Outputs"]))
    assert f'{{"Ref": "{stack}"}}' in told
