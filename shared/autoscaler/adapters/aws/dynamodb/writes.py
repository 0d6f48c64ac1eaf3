"""A commit as one call: every row with the condition under which it may be written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from random import random
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.dynamodb.items import Item, item, past_item, place
from autoscaler.adapters.aws.dynamodb.problems import Place, asking, codes_of, is_busy, problem
from autoscaler.core.ledger import BaseRow, Past
from autoscaler.errors import ConfigError, Problem, StaleWriteError, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_NEW, _OVER = "attribute_not_exists(#revision)", "#revision = :read"
_NAMES = {"#revision": "revision"}
_TOO_LARGE = re.compile(r"size has exceeded|must be under \d+ bytes", re.IGNORECASE)
_STALE = "ConditionalCheckFailed"
_LARGEST_ROW, _LONGEST_NAME = 400 * 1024, 1024


class Writer:
    """Sends writes, all or none, each at most once in effect.

    What DynamoDB was too busy for is sent a few times more; `pause` is given seconds. `now` is in
    seconds since 1970: some rows expire.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        place: Place,
        pause: Callable[[float], object],
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._place = place
        self._pause = pause
        self._now = now

    def put(self, row: BaseRow) -> TransactWriteItemTypeDef:
        write: PutTypeDef = {
            "TableName": self._place.table,
            "Item": item(row, row.revision + 1, self._now()),
            "ConditionExpression": _OVER if row.revision else _NEW,
            "ExpressionAttributeNames": _NAMES,
        }
        if row.revision:
            write["ExpressionAttributeValues"] = _read(row)
        return {"Put": write}

    def remove(self, row: BaseRow) -> TransactWriteItemTypeDef:
        return {
            "Delete": {
                "TableName": self._place.table,
                "Key": place(row.ref),
                "ConditionExpression": _OVER,
                "ExpressionAttributeNames": _NAMES,
                "ExpressionAttributeValues": _read(row),
            }
        }

    def record(self, row: Past) -> TransactWriteItemTypeDef:
        return {"Put": {"TableName": self._place.table, "Item": past_item(row)}}

    def send(self, writes: Sequence[TransactWriteItemTypeDef]) -> None:
        """Raises StaleWriteError, ConfigError for a row that is too large, UnavailableError."""
        # One token for all attempts: whichever of them lands, the others change nothing.
        waits, token = iter(_WAITS), str(uuid4())
        while busy := self._busy(writes, token):
            wait = next(waits, None)
            if wait is None:
                raise busy
            self._pause(wait * (0.5 + random()))  # noqa: S311  # spreads writers, guards nothing

    def _busy(
        self, writes: Sequence[TransactWriteItemTypeDef], token: str
    ) -> UnavailableError | None:
        """One attempt; None when it was carried out."""
        actions = sorted({"PutItem" if "Put" in write else "DeleteItem" for write in writes})
        with asking(self._place, *actions):
            try:
                self._call(writes, token)
            except ClientError as error:
                self._check_refusal(error, writes)
                if is_busy(codes_of(error)) and not _in_doubt(error, writes):
                    return problem(self._place, error, *actions)
                raise
        return None

    def _call(self, writes: Sequence[TransactWriteItemTypeDef], token: str) -> None:
        if len(writes) > 1:
            self._client.transact_write_items(TransactItems=writes, ClientRequestToken=token)
        elif "Put" in writes[0]:
            self._client.put_item(**writes[0]["Put"])
        else:
            self._client.delete_item(**writes[0]["Delete"])

    def _check_refusal(
        self, error: ClientError, writes: Sequence[TransactWriteItemTypeDef]
    ) -> None:
        codes = codes_of(error)
        if codes & {"Validation", "ValidationError"} and _TOO_LARGE.search(str(error.response)):
            raise self._too_large(writes) from error
        if _STALE not in codes:
            return
        if _in_doubt(error, writes):
            raise UnavailableError(
                f"{self._place}: {_name(writes[0])}: whether it was written is not known: "
                "read it again"
            ) from error
        rows = ", ".join(_name(write) for write in _failed(error, writes))
        raise StaleWriteError(f"not at the revision that was read: {rows}") from error

    def _too_large(self, writes: Sequence[TransactWriteItemTypeDef]) -> ConfigError:
        size, name = max((_size(write), _name(write)) for write in writes)
        remedy = (
            f"about {size:,} bytes, and DynamoDB keeps {_LARGEST_ROW:,} a row and "
            f"{_LONGEST_NAME:,} of its name: shorten it (an init script, a name)"
        )
        return ConfigError(Problem("state", f"{name} of {self._place.table}", remedy))


def _read(row: BaseRow) -> Item:
    return {":read": {"N": str(row.revision)}}


def _in_doubt(error: ClientError, writes: Sequence[TransactWriteItemTypeDef]) -> bool:
    """The SDK tried before, and got no answer: that may be what moved the only row on."""
    return len(writes) == 1 and bool(error.response["ResponseMetadata"].get("RetryAttempts"))


def _failed(
    error: ClientError, writes: Sequence[TransactWriteItemTypeDef]
) -> Sequence[TransactWriteItemTypeDef]:
    reasons = error.response.get("CancellationReasons")
    if not reasons:
        return writes
    return [w for w, reason in zip(writes, reasons, strict=True) if reason.get("Code") == _STALE]


def _name(write: TransactWriteItemTypeDef) -> str:
    key: Mapping[str, Any] = write["Put"]["Item"] if "Put" in write else write["Delete"]["Key"]
    return str(key["row"]["S"])


def _size(write: TransactWriteItemTypeDef) -> int:
    return (
        len(json.dumps(write["Put"]["Item"], ensure_ascii=False).encode()) if "Put" in write else 0
    )
