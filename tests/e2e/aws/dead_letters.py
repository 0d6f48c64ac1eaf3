"""A message that nobody can handle: set aside, told to people, and handed over again."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.aws.scene import Scene

_POISON = json.dumps({"v": 99, "kind": "launch", "deployment": "lab", "id": "none"})


def dead_letters(scene: Scene) -> dict[str, Any]:
    """How often the launcher tried; `broken`: promises that were."""
    sqs, sns = scene.cloud.client("sqs"), scene.cloud.client("sns")
    outputs, resources = scene.deployment.outputs, scene.deployment.resources
    dead, queue = outputs["DeadLettersUrl"], resources["LaunchQueue"]
    # Six minutes between the tries are right for a person, and too long for a test.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    mail = _mailbox(scene)
    sns.publish(
        TopicArn=outputs["TopicArn"],
        Message=_POISON,
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "launch"}},
    )
    scene.say("a message that no version understands was published")
    scene.await_that("it is among the dead letters", lambda: _waiting(sqs, dead), 90)
    tries = scene.cloud.told("launcher").count("message_poisoned")
    _alarm(scene)
    scene.await_that("people were told", lambda: _read(sqs, mail), 60)
    scene.autoscaler("redrive")
    scene.await_that(
        "it was redriven, and tried again",
        lambda: scene.cloud.told("launcher").count("message_poisoned") > tries,
        60,
    )
    scene.await_that("it is back among the dead letters", lambda: _waiting(sqs, dead), 90)
    broken = [] if tries == _TRIES else [f"it was tried {tries} times, not {_TRIES}"]
    return {"tries": tries, "broken": broken}


_TRIES = 5


def _mailbox(scene: Scene) -> str:
    """A queue that gets what people would get by mail."""
    sqs = scene.cloud.client("sqs")
    url: str = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    alerts = scene.deployment.outputs["AlertsArn"]
    scene.cloud.client("sns").subscribe(TopicArn=alerts, Protocol="sqs", Endpoint=_arn(sqs, url))
    return url


def _alarm(scene: Scene) -> None:
    """The alarm's own event: no metrics of queues are kept on this computer."""
    alarm = scene.deployment.resources["DeadLettersAlarm"]
    arn = f"arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{alarm}"
    scene.cloud.client("events").put_events(
        Entries=[
            {
                "Source": "aws.cloudwatch",
                "DetailType": "CloudWatch Alarm State Change",
                "Resources": [arn],
                "Detail": json.dumps({"alarmName": alarm, "state": {"value": "ALARM"}}),
            }
        ]
    )


def _waiting(sqs: Any, url: str) -> bool:
    name = "ApproximateNumberOfMessages"
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name]) > 0


def _read(sqs: Any, url: str) -> bool:
    found = sqs.receive_message(QueueUrl=url).get("Messages", [])
    return any("given up" in one["Body"] for one in found)


def _arn(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn
