"""Faults that a test or a demo orders: which answers go wrong, how, and for how long."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Fault(BaseModel):
    """Without `handled` the call has no effect; with it, only its answer goes wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: str = "*"
    """A glob over endpoint names, such as `queues.*`."""
    status: int | None = None
    subcode: int = 0
    message: str = "a fault was ordered"
    headers: dict[str, str] = {}
    body: str | None = None
    """Sent as it is; without it the answer is ClearML's envelope."""
    delay: float = 0.0
    """Seconds before the answer."""
    truncate: Literal["length", "json"] | None = None
    """`length`: fewer bytes than promised. `json`: as many as promised, cut in the middle."""
    drop: bool = False
    """Close the connection instead of answering."""
    handled: bool = False
    times: int | None = None
    until: datetime | None = None

    def spoils(self) -> bool:
        """Whether the true answer does not go out."""
        return self.drop or self.status is not None


class Faults:
    """The first fault that matches is applied; one that is used up or over is forgotten."""

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, int]] = []

    def add(self, **fields: Any) -> Fault:
        """`fields` are those of Fault."""
        return self.order(Fault.model_validate(fields))

    def order(self, fault: Fault) -> Fault:
        self._faults.append((fault, 0))
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def take(self, endpoint: str, now: datetime) -> Fault | None:
        self._faults = [(f, used) for f, used in self._faults if not _is_over(f, used, now)]
        for index, (fault, used) in enumerate(self._faults):
            if fnmatchcase(endpoint, fault.match):
                self._faults[index] = (fault, used + 1)
                return fault
        return None


def _is_over(fault: Fault, used: int, now: datetime) -> bool:
    return (fault.times is not None and used >= fault.times) or (
        fault.until is not None and now >= fault.until
    )
