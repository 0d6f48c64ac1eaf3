"""The dead-letter queues: what they hold is told, and stays there for a redrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autoscaler.adapters.aws.failures import FAILED, failure
from autoscaler.ports import Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LOOK = 10  # SQS's own limit of one receive
_HIDDEN = 0  # seconds: a look takes nothing away from a redrive that runs at the same time


def redrive(client: SQSClient, urls: Sequence[str]) -> dict[str, int]:
    """Move what these queues hold back to where it came from; about how much, by their names."""
    moved: dict[str, int] = {}
    for url in urls:
        try:
            names: list[Any] = ["QueueArn", "ApproximateNumberOfMessages"]
            told = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            moved[url.rpartition("/")[2]] = count = int(told["ApproximateNumberOfMessages"])
            if count:
                client.start_message_move_task(SourceArn=told["QueueArn"])
        except FAILED as error:
            raise failure("sqs:StartMessageMoveTask", url, error) from error
    return moved


class DeadLetterQueues:
    """The DeadLetters port over SQS: at most ten letters of each queue."""

    def __init__(self, client: SQSClient, urls: Sequence[str]) -> None:
        self._client = client
        self._urls = urls

    def read(self) -> Sequence[Letter]:
        return [letter for url in self._urls for letter in self._look(url)]

    def _look(self, url: str) -> Iterator[Letter]:
        try:
            answer = self._client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=_LOOK,
                VisibilityTimeout=_HIDDEN,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        except FAILED as error:
            raise failure("sqs:ReceiveMessage", url, error) from error
        for found in answer.get("Messages", []):
            receives = int(found["Attributes"]["ApproximateReceiveCount"])
            yield Letter(id=found["MessageId"], body=found["Body"], receives=receives)
