"""`simulate` for people: the figures of every variant, and what was assumed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import ascii_uppercase

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.render.words import ATTENTION, BAD, DIM, GOOD, table, text
from autoscaler.cli.reports.figures import Figure, figures
from autoscaler.cli.reports.simulation import Simulation
from autoscaler.core.words import many, span


def simulation(told: Simulation, page: Path | None) -> RenderableType:
    return Group(
        _head(told),
        Text(""),
        *_names(told),
        _table(told),
        Text(""),
        *_notes(told),
        *_written(page),
    )


def _head(told: Simulation) -> Text:
    outcome = told.variants[0].outcome
    line = text(told.workload, "bold")
    hours = timedelta(hours=outcome.hours)
    line.append(f"   {many(outcome.tasks, 'task')} in {span(hours)}, seed {told.seed}", "not bold")
    return line


def _names(told: Simulation) -> Iterator[RenderableType]:
    """Names may be long: the columns have letters."""
    if len(told.variants) > 1:
        for letter, variant in zip(ascii_uppercase, told.variants, strict=False):
            yield text(f"{letter}  ", "bold").append_text(text(variant.name, "not bold"))
        yield Text("")


def _table(told: Simulation) -> Table:
    several = len(told.variants) > 1
    letters = [f">{letter}" for letter in ascii_uppercase[: len(told.variants)]]
    made = table("", *(letters if several else [">"]), *([] if several else [""]))
    for figure in figures(told):
        cells = [_cell(figure, number) for number in range(len(told.variants))]
        made.add_row(text(figure.label), *cells, *([] if several else [text(figure.meaning, DIM)]))
    return made


def _cell(figure: Figure, number: int) -> Text:
    value = figure.values[number]
    last = figure.label == "never done" and value
    cell = Text(figure.shown(value), style=BAD if last else "")
    change = figure.change(number)
    style = DIM if figure.only_tells else GOOD if figure.is_better(number) else ATTENTION
    return cell.append(f" {change:>6}" if number else "", style)


def _notes(told: Simulation) -> Iterator[Text]:
    boot = (
        f"boots take {told.boot_mean_s:.0f} s on average, 95 of 100 up to {told.boot_p95_s:.0f} s"
    )
    spot = f"; spot machines as in {', '.join(told.spot_zones)}" if told.spot_zones else ""
    yield text(boot + spot, DIM)
    unpriced = sum(variant.outcome.unpriced for variant in told.variants)
    if unpriced:
        yield text("machines without a price were counted as 1 an hour", ATTENTION)
    for note in told.notes:
        yield text(note, ATTENTION)


def _written(page: Path | None) -> Iterator[Text]:
    if page:
        yield Text("✓ ", GOOD).append_text(text(f"{page} has the plots", "default"))
