"""What SQS hands to a function, and what a function answers: per record, not per batch."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from autoscaler.errors import AutoscalerError, PoisonError
from autoscaler.ports import Message

log = logging.getLogger(__name__)

Batch = Mapping[str, Any]
Acts = Mapping[str, Callable[[str], object]]


def handle(event: Batch, deployment: str, acts: Acts) -> Batch:
    """Call the act of each message's kind with its id; the answer names the records that failed.

    SQS hands those over again, and after `maxReceiveCount` sets them aside. One record harms no
    other, whatever it does: all are pointers, and any of them may be done twice.
    """
    failed = [record for record in event["Records"] if not _done(record, deployment, acts)]
    return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in failed]}


def pokes(event: Batch, deployment: str) -> list[str]:
    """The reasons in what SNS hands straight to a function; none for another source's event."""
    records = event.get("Records", ())
    return [Message.read(record["Sns"]["Message"], deployment).reason for record in records]


def _done(record: Mapping[str, Any], deployment: str, acts: Acts) -> bool:
    about = {"message_id": record["messageId"]}
    try:
        message = Message.read(record["body"], deployment)
        _act(message, acts)(message.id)
    except AutoscalerError as error:
        said = "message_poisoned" if isinstance(error, PoisonError) else "message_failed"
        log.warning(said, extra={**about, "error": str(error)})
    except Exception:  # a mistake of ours in one message must not take the others along
        log.exception("message_crashed", extra=about)
    else:
        return True
    return False


def _act(message: Message, acts: Acts) -> Callable[[str], object]:
    if message.kind not in acts:
        raise PoisonError(f"kind: {message.kind} is not for this function: see the filter policy")
    return acts[message.kind]
