"""What every row is."""

from typing import NamedTuple

from autoscaler.core.value import Value


class Ref(NamedTuple):
    """Where a row stands in the table."""

    kind: str
    key: str


class BaseRow(Value):
    kind: str
    key: str
    revision: int = 0

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.key)


class OfResource(BaseRow):
    autoscaler: str
    resource: str

    @property
    def resource_key(self) -> str:
        return f"{self.autoscaler}/{self.resource}"
