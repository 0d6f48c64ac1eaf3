"""What requests cost: counted by the rules of DynamoDB's prices from what is sent and answered.

DynamoDB Local rounds otherwise than AWS does, so its own figures are of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ, _WRITTEN = 4096, 1024
_TWICE = 2


class Units(NamedTuple):
    """Request units, as they stand on the bill."""

    read: int
    written: int


class Meter:
    """A client that counts what is asked through it."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self.asked: list[str] = []
        self.units = Units(0, 0)

    def reset(self) -> None:
        self.asked.clear()
        self.units = Units(0, 0)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def ask(**wanted: Any) -> Any:
            answer = found(**wanted)
            self.asked.append(name)
            cost = units_of(name, wanted, answer)
            self.units = Units(self.units.read + cost.read, self.units.written + cost.written)
            return answer

        return ask


def units_of(name: str, wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> Units:
    """Of one request; `name` is the client's method. Every read of ours is a consistent one."""
    match name:
        case "query":
            return Units(_rounded(sum(map(size, answer["Items"])), _READ), 0)
        case "get_item":
            return Units(_rounded(size(answer.get("Item", {})), _READ), 0)
        case "transact_write_items":
            puts = [write.get("Put", {}).get("Item", {}) for write in wanted["TransactItems"]]
            return Units(0, sum(_written(item, times=_TWICE) for item in puts))
        case _:
            return Units(0, _written(wanted.get("Item", {}), times=1))


def _written(item: Mapping[str, Any], times: int) -> int:
    """A row of the history is written once more, into its index."""
    return (times + ("subject" in item)) * _rounded(size(item), _WRITTEN)


def size(item: Mapping[str, Any]) -> int:
    """The bytes of an item; AWS tells its rules, and that of numbers only roughly."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((type, content),) = value.items()
    match type:
        case "S":
            return len(content.encode())
        case "N":
            return ceil(len(content.strip("-.0")) / 2) + 1
        case "L":
            return 3 + sum(1 + _size(each) for each in content)
        case "M":
            return 3 + len(content) + size(content)
        case _:
            return 1


def _rounded(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))
