"""What requests cost: counted by the rules of DynamoDB's prices from what is sent and answered.

DynamoDB Local rounds otherwise than AWS does, so its own figures are of no use.
"""

from __future__ import annotations

from collections import Counter
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
        self._units: Counter[str] = Counter()

    @property
    def units(self) -> Units:
        return Units(self._units["read"], self._units["written"])

    def reset(self) -> None:
        self.asked.clear()
        self._units.clear()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def ask(**wanted: Any) -> Any:
            answer = found(**wanted)
            self.asked.append(name)
            self._count(name, wanted, answer)
            return answer

        return ask

    def _count(self, name: str, wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        if name == "query":
            self._units["read"] += _rounded(sum(map(size, answer["Items"])), _READ)
        elif name == "get_item":
            self._units["read"] += _rounded(size(answer.get("Item", {})), _READ)
        elif name == "transact_write_items":
            for write in wanted["TransactItems"]:
                self._write(write.get("Put", {}).get("Item", {}), times=_TWICE)
        else:
            self._write(wanted.get("Item", {}), times=1)

    def _write(self, item: Mapping[str, Any], times: int) -> None:
        """A row of the history is written once more, into its index."""
        copies = times + ("subject" in item)
        self._units["written"] += copies * _rounded(size(item), _WRITTEN)


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
