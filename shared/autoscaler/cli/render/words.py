"""Cells, tables and colours: every text is taken as it is, never as markup."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autoscaler.cli.escape import visible
from autoscaler.core.words import span

DIM = "dim"
GOOD = "green"
NEWS = "cyan"
ATTENTION = "yellow"
BAD = "bold red"

ACTIVITY = {
    "coming": "yellow",
    "idle": "cyan",
    "busy": "green",
    "silent": "red",
    "leaving": "magenta",
    "gone": "dim",
}


def text(words: str, style: str = "") -> Text:
    return Text(visible(words), style=style)


def number(count: int | None, style: str = "") -> Text:
    """A count; a zero steps back, so that the eye finds the others."""
    if count is None:
        return Text("?", style=DIM)
    return Text(str(count), style=style if count else DIM)


def money(price: float | None) -> Text:
    """What an hour costs, without a currency: the operator wrote the number."""
    if price is None:
        return Text("-", style=DIM)
    return Text(f"{price:.4f}".rstrip("0").rstrip(".") if price < 1 else f"{price:.2f}")


def clock(at: datetime) -> str:
    """The time of day where the person is."""
    return at.astimezone().strftime("%H:%M:%S")


def date_and_clock(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    return "now" if (now - at).total_seconds() < 1 else f"{span(now - at)} ago"


def brief(at: datetime | None, now: datetime) -> Text:
    """How long ago in its largest unit, as a cell has room for it: "42s", "5m", "3h"."""
    if at is None:
        return Text("-", style=DIM)
    seconds = max(0, int((now - at).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return Text(f"{seconds // size}{unit}")
    return Text(f"{seconds}s")


def table(*columns: str) -> Table:
    """A quiet table; a column whose name begins with ">" holds numbers. Long text folds."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim bold")
    for name in columns:
        if name.startswith(">"):
            made.add_column(name[1:], justify="right", no_wrap=True)
        else:
            made.add_column(name, overflow="fold")
    return made


def titled(title: str, body: Table | Text) -> Iterable[Table | Text]:
    yield Text(title, style="bold")
    yield body
    yield Text("")


def indented(body: RenderableType, by: int = 2) -> Padding:
    return Padding(body, (0, 0, 0, by), expand=False)


def hanging(mark: Text, body: Text) -> Table:
    """The mark, and beside it the text, whose further lines begin below its first."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, body)
    return grid
