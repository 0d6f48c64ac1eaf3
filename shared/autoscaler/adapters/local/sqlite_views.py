"""What people see in the state file: one view for each kind of row, one column per attribute."""

from typing import Any, get_args

from autoscaler.core.decisions import Verdict
from autoscaler.core.ledger import BaseRow, Event, Instance, Launch, Row


def _views() -> dict[str, str]:
    kinds: tuple[type[BaseRow], ...] = get_args(get_args(Row)[0])
    live = {_plural(kind): _view(kind, "rows", "rows.key") for kind in kinds if kind is not Event}
    newest = "history.at DESC, history.key DESC"
    past = {
        "events": _view(Event, "history", newest),
        "past_instances": _view(Instance, "history", newest),
        "past_launches": _view(Launch, "history", newest),
    }
    return {
        name: f'CREATE VIEW "{name}" AS {query}' for name, query in sorted((live | past).items())
    }


def _plural(row: type[BaseRow]) -> str:
    kind = str(row.model_fields["kind"].default)
    return {"launch": "launches", "unavailable": "unavailable", "learned": "learned"}.get(
        kind, f"{kind}s"
    )


# S608 looks for strangers' values in SQL; below there are only names of our own.


def _view(row: type[BaseRow], table: str, order: str) -> str:
    fields = {name: field.annotation for name, field in row.model_fields.items() if name != "kind"}
    columns = ", ".join(f'{_column(name, kind)} AS "{name}"' for name, kind in fields.items())
    kind = row.model_fields["kind"].default
    return f"SELECT {columns} FROM {table} WHERE kind = '{kind}' ORDER BY {order}"  # noqa: S608


def _column(name: str, annotation: Any) -> str:
    words = {
        tuple[str, ...]: "value",
        tuple[Verdict, ...]: "json_extract(value, '$.cause') || ': ' || "
        "json_extract(value, '$.reason')",
    }.get(annotation)
    if words is None:
        return f"json_extract(attributes, '$.{name}')"
    return f"(SELECT group_concat({words}, '; ') FROM json_each(attributes, '$.{name}'))"  # noqa: S608


VIEWS = _views()
