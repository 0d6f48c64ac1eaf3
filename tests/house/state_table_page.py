"""`python -m tests.house.state_table_page` makes the part of docs/state-table.md about rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from autoscaler.adapters.aws.dynamodb.items import SECTIONS
from autoscaler.core.ledger import BaseRow, Event, Past, Row
from tests.adapters.aws.dynamodb.writers import HISTORY, WRITERS
from tests.house.state_table_words import KEYS, KINDS, WORDS

PAGE = Path(__file__).parents[2] / "docs" / "state-table.md"
BEGIN, END = "<!-- made by tests.house.state_table_page -->", "<!-- until here -->"

_UNION, _ = get_args(Row)
_PAST, _ = get_args(Past)
ROWS: dict[str, type[BaseRow]] = {
    row.model_fields["kind"].default: row for row in get_args(_UNION)
}
_PLACED = ("kind", "key", "revision")


def made() -> str:
    """The page with its rows as they are now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, "", *_sections(), *_kinds(), END + after])


def said(kind: str, attribute: str) -> str:
    """What the attribute means in a row of this kind; "" when nobody has said it."""
    return WORDS.get(f"{kind}.{attribute}") or WORDS.get(attribute, "")


def attributes(kind: str) -> list[str]:
    return [name for name in ROWS[kind].model_fields if name not in _PLACED]


def _sections() -> Iterator[str]:
    yield "| section | kinds | written by | deleted by |"
    yield "|---|---|---|---|"
    for section in dict.fromkeys(SECTIONS.values()):
        kinds = [kind for kind in ROWS if _section(kind) == section]
        who = f"{_who(section, 'put')} | {_who(section, 'delete')}"
        yield f"| `{section}` | {', '.join(kinds)} | {who} |"
    past = ", ".join(sorted(row.model_fields["kind"].default for row in get_args(_PAST)))
    yield f"| `{HISTORY}` | {past} | {_who(HISTORY, 'put')} | nobody: DynamoDB, after 90 days |"


def _kinds() -> Iterator[str]:
    for kind in KINDS:
        yield ""
        yield f"### {kind}"
        yield ""
        yield f"{KINDS[kind]} Section `{_section(kind)}`; the key is {KEYS[kind]}."
        yield ""
        yield "| attribute | meaning |"
        yield "|---|---|"
        for name in attributes(kind):
            yield f"| `{name}` | {said(kind, name)} |"
    yield ""


def _section(kind: str) -> str:
    return HISTORY if kind == Event.model_fields["kind"].default else SECTIONS[kind]


def _who(section: str, right: str) -> str:
    who = [who for who, may in WRITERS.items() if section in getattr(may, right)]
    if section == SECTIONS["config"]:
        return "people, with the command line"
    return ", ".join(who) or "nobody"


if __name__ == "__main__":
    PAGE.write_text(made(), encoding="utf-8")
