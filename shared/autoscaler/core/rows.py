"""The live set, indexed: what the table holds, as one tick reads and changes it."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast, get_args

from autoscaler.core.ledger import (
    BaseRow,
    Breaker,
    Control,
    DecisionRow,
    Instance,
    Launch,
    Learned,
    Phase,
    Ref,
    Repair,
    Row,
    Spend,
    Unavailable,
)
from autoscaler.core.memory import Memory

R = TypeVar("R", bound=Row)

_NAMES: Mapping[type[BaseRow], str] = {
    kind: kind.model_fields["kind"].default for kind in get_args(get_args(Row)[0])
}
"""What rows of each kind are called in the table."""


class LiveSet:
    """Rows by ref. Holds what was read and, after each accepted write, what was written."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._kinds: dict[str, dict[str, Row]] = {}
        for row in rows:
            self.put(row)

    def put(self, row: Row) -> None:
        self._kinds.setdefault(row.kind, {})[row.key] = row

    def drop(self, ref: Ref) -> None:
        self._kinds.get(ref.kind, {}).pop(ref.key, None)

    def find(self, ref: Ref) -> Row | None:
        return self._kinds.get(ref.kind, {}).get(ref.key)

    def get(self, kind: type[R], key: str) -> R | None:
        row = self._kinds.get(_NAMES[kind], {}).get(key)
        return row if isinstance(row, kind) else None

    def __contains__(self, ref: Ref) -> bool:
        return self.find(ref) is not None

    def all(self, kind: type[R]) -> list[R]:
        rows = self._kinds.get(_NAMES[kind], {}).values()
        return cast("list[R]", list(rows))  # `put` keeps each under its kind

    @property
    def instances(self) -> list[Instance]:
        return self.all(Instance)

    @property
    def launches(self) -> list[Launch]:
        return self.all(Launch)

    @property
    def controls(self) -> tuple[Control, ...]:
        return tuple(self.all(Control))

    @property
    def breakers(self) -> tuple[Breaker, ...]:
        return tuple(self.all(Breaker))

    @property
    def unavailable(self) -> tuple[Unavailable, ...]:
        return tuple(self.all(Unavailable))

    @property
    def spend(self) -> tuple[Spend, ...]:
        return tuple(self.all(Spend))

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(self.all(Repair))

    @property
    def memories(self) -> dict[str, Memory]:
        return {row.key: row.memory for row in self.all(Learned)}

    def decision(self, autoscaler: str) -> DecisionRow | None:
        return self.get(DecisionRow, autoscaler)

    def of_launch(self, launch: Launch) -> list[Instance]:
        return [row for row in self.instances if row.launch == launch.key]

    def living(self) -> list[Instance]:
        return [row for row in self.instances if row.phase != Phase.GONE]

    def ended(self) -> tuple[Instance, ...]:
        """Machines that ended, and whose cost no spend row holds yet."""
        return tuple(row for row in self.instances if row.phase == Phase.GONE)
