"""`check` as a list of ticks and crosses, each cross with its remedy."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.failures import said
from autoscaler.cli.render.words import ATTENTION, BAD, DIM, GOOD, NEWS, text
from autoscaler.cli.reports.check import Checked, Line
from autoscaler.errors import Problem

_MARKS = {
    "ok": ("✓", GOOD),
    "warning": ("!", ATTENTION),
    "error": ("✗", BAD),
    "skipped": ("-", DIM),
}


def check(told: Checked, *, offline: bool) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in told.lines:
        mark, style = _MARKS[line.verdict]
        grid.add_row(Text(mark, style), text(line.check), _found(line))
    return Group(grid, Text(""), _sum(told, offline=offline))


def _found(line: Line) -> Text:
    if line.verdict in ("ok", "skipped"):
        return text(line.found or "not looked at", DIM)
    return text(said(Problem(line.field, line.value, line.remedy)))


def _sum(told: Checked, *, offline: bool) -> Text:
    errors = sum(line.verdict == "error" for line in told.lines)
    if errors:
        return Text(f"{errors} to mend; nothing would start.", BAD)
    warnings = sum(line.verdict == "warning" for line in told.lines)
    line = Text("All is well" if not warnings else "It would start, with warnings", GOOD)
    if offline:
        return line.append(", as far as the file itself goes. ").append("Without --offline: more.")
    return (
        line.append(". Next: ")
        .append("autoscaler plan", NEWS)
        .append(", then ")
        .append("autoscaler up", NEWS)
    )
