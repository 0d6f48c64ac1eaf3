"""`prices` for people."""

from rich.console import Group, RenderableType
from rich.text import Text

from autoscaler.cli.render.words import ATTENTION, DIM, NEWS, money, table, text
from autoscaler.cli.reports.prices import PriceLine, PriceReport


def prices(report: PriceReport) -> RenderableType:
    made = table("resource", "type", "where", "market", ">per hour", "who says so")
    for line in report.prices:
        made.add_row(
            text(line.resource),
            text(line.type),
            text(line.where or "-", DIM),
            text(line.market),
            money(line.hourly_price),
            _source(line),
        )
    return Group(made, *_remedy(report))


def _source(line: PriceLine) -> Text:
    if line.source == "written":
        return text("hourly_price", DIM)
    if line.at is None:
        return text("unknown", ATTENTION)
    return text(f"{line.source} {line.at:%Y-%m-%d}", ATTENTION if line.old else DIM)


def _remedy(report: PriceReport) -> list[Text]:
    said = []
    if any(line.source == "unknown" for line in report.prices):
        said.append("a budget starts nothing whose price is unknown")
    if any(line.old for line in report.prices):
        said.append("prices seen more than 30 days ago may have changed")
    if not said:
        return []
    line = Text("\n! " + "; ".join(said), ATTENTION)
    return [
        line.append(" → autoscaler prices refresh", NEWS).append(", or write hourly_price", DIM)
    ]
