"""Messages over SNS; each carries the attributes that subscriptions filter by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.failures import FAILED, failure
from autoscaler.errors import UnavailableError
from autoscaler.ports import Message

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef as Entry

_MOST = 10  # SNS's own limit of one PublishBatch


class SnsTopic:
    """The Topic port. Filter policies may ask for `kind` and `deployment`."""

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, messages: Sequence[Message]) -> None:
        """UnavailableError names how many were not taken; the others are under way."""
        refused = [why for portion in _portions(messages) for why in self._portion(portion)]
        if refused:
            raise UnavailableError(
                f"sns:Publish {self._arn}: {len(refused)} of {len(messages)} messages were not "
                f"taken: {refused[0]}"
            )

    def _portion(self, messages: Sequence[Message]) -> Iterator[str]:
        """Why each message that SNS did not take was not taken."""
        entries = [_entry(number, message) for number, message in enumerate(messages)]
        try:
            answer = self._client.publish_batch(
                TopicArn=self._arn, PublishBatchRequestEntries=entries
            )
        except FAILED as error:
            raise failure("sns:Publish", self._arn, error) from error
        for refused in answer.get("Failed", []):
            yield f"{refused['Code']} {refused.get('Message', '')}".rstrip()


def _portions(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for first in range(0, len(messages), _MOST):
        yield messages[first : first + _MOST]


def _entry(number: int, message: Message) -> Entry:
    return {
        "Id": str(number),
        "Message": message.model_dump_json(),
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": message.kind},
            "deployment": {"DataType": "String", "StringValue": message.deployment},
        },
    }
