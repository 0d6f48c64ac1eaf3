"""`check` as a list of ticks and crosses, each cross with its remedy."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.failures import said
from autoscaler.cli.render.words import ATTENTION, BAD, DIM, GOOD, NEWS, text
from autoscaler.cli.reports.check import Checked
from autoscaler.core.words import many
from autoscaler.errors import Problem
from autoscaler.ports import Finding

_MARKS = {
    "ok": ("✓", GOOD),
    "warning": ("!", ATTENTION),
    "error": ("✗", BAD),
    "skipped": ("-", DIM),
}


def check(told: Checked, *, offline: bool) -> RenderableType:
    return Group(_grid(told.lines), Text(""), _sum(told, offline=offline))


def doctor(told: Checked) -> RenderableType:
    """What several share first, then each resource under its name."""
    by_resource: dict[str, list[Finding]] = {}
    for line in told.lines:
        by_resource.setdefault(line.resource, []).append(line)
    shared = by_resource.pop("", [])
    parts: list[RenderableType] = [_grid(shared)]
    for resource, lines in by_resource.items():
        parts += [Text(""), text(resource, "bold"), _grid(lines)]
    return Group(*parts, Text(""), _diagnosis(told))


def _grid(lines: Iterable[Finding]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        mark, style = _MARKS[line.verdict]
        grid.add_row(Text(mark, style), text(line.check), _found(line))
    return grid


def _diagnosis(told: Checked) -> Text:
    errors, warnings = (_count(told, verdict) for verdict in ("error", "warning"))
    if errors:
        beside = f", and {many(warnings, 'warning')}" if warnings else ""
        return Text(f"{errors} to mend{beside}.", BAD)
    if warnings:
        return Text(f"It would work; {many(warnings, 'warning')}.", ATTENTION)
    return Text("All is well.", GOOD)


def _count(told: Checked, verdict: str) -> int:
    return sum(line.verdict == verdict for line in told.lines)


def _found(line: Finding) -> Text:
    if line.verdict in ("ok", "skipped"):
        return text(line.found or "not looked at", DIM)
    return text(said(Problem(line.field, line.value, line.remedy)))


def _sum(told: Checked, *, offline: bool) -> Text:
    errors = _count(told, "error")
    if errors:
        return Text(f"{errors} to mend; nothing would start.", BAD)
    warnings = _count(told, "warning")
    line = Text("All is well" if not warnings else "It would start, with warnings", GOOD)
    if offline:
        return line.append(", as far as the file itself goes. ").append("Without --offline: more.")
    return (
        line.append(". Next: ")
        .append("autoscaler plan", NEWS)
        .append(", then ")
        .append("autoscaler up", NEWS)
    )
