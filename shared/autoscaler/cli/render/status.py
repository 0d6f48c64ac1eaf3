"""`status` as a few tables, with the numbers that matter above them."""

from collections.abc import Iterator
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.render.words import (
    ACTIVITY,
    ATTENTION,
    BAD,
    DIM,
    NEWS,
    ago,
    brief,
    money,
    number,
    table,
    text,
    titled,
)
from autoscaler.cli.reports.instances import InstanceLine
from autoscaler.cli.reports.money import MoneyLine
from autoscaler.cli.reports.queues import QueueLine
from autoscaler.cli.reports.status import ResourceLine, Status
from autoscaler.core.words import many, span

_WIDE = 140
_LITTLE = 0.2


def status(report: Status, width: int) -> RenderableType:
    """The whole report; a wide terminal shows the workers too."""
    return Group(
        *_head(report),
        Text(""),
        *titled("Queues", _queues(report)),
        *titled("Resources", _resources(report)),
        *_money(report),
        *titled("Instances", _instances(report, width)),
    )


def _head(report: Status) -> Iterator[Text]:
    line = Text()
    line.append_text(text(report.deployment, "bold"))
    line.append(f"   {_numbers(report)}")
    yield line
    if report.last_tick_is_old or report.last_tick is None:
        yield Text(
            f"last tick {ago(report.last_tick, report.at)}: is `autoscaler up` running?", ATTENTION
        )
    else:
        yield Text(f"last tick {ago(report.last_tick, report.at)}", DIM)
    for autoscaler in report.autoscalers:
        for pause in autoscaler.paused:
            yield text(f"{autoscaler.autoscaler}: {pause}", ATTENTION)
    if report.old_prices:
        seen = f"prices were looked up on {report.old_prices:%Y-%m-%d}"
        yield Text(seen, ATTENTION).append(" → autoscaler prices refresh", NEWS)


def _numbers(report: Status) -> str:
    most = f" of {report.max}" if report.max is not None else ""
    last_said = report.live if report.max is None else report.max
    parts = [f"{many(report.waiting, 'task')} waiting"]
    if report.oldest:
        parts[0] += f", oldest {span(report.at - report.oldest)}"
    parts.append(f"{report.live}{most} {'machine' if last_said == 1 else 'machines'}")
    if report.hourly_price is not None:
        parts.append(f"{money(report.hourly_price).plain} an hour")
    return " · ".join(parts)


def _queues(report: Status) -> Table:
    made = table("queue", ">waiting", ">oldest", "served by", "")
    for line in report.queues:
        made.add_row(
            text(line.queue),
            _waiting(line),
            brief(line.oldest, report.at),
            text(", ".join(line.served_by), DIM),
            text(line.note, ATTENTION),
        )
    return made


def _waiting(line: QueueLine) -> Text:
    return number(line.waiting, "bold")


def _resources(report: Status) -> Table:
    priced = any(line.hourly_price is not None for line in report.resources)
    columns = ["resource", ">live/max", ">coming", ">idle", ">busy", ">leaving", ">idle up to"]
    made = table(*columns, *([">per hour"] if priced else []), "")
    for line in report.resources:
        cells = [
            text(line.resource),
            _live(line),
            *(
                number(count, ACTIVITY[name])
                for name, count in (
                    ("coming", line.coming),
                    ("idle", line.idle),
                    ("busy", line.busy),
                    ("leaving", line.leaving),
                )
            ),
        ]
        cells.append(Text(span(timedelta(seconds=line.idle_limit)), DIM))
        price = [money(line.hourly_price)] if priced else []
        made.add_row(*cells, *price, text(line.note, BAD))
    return made


def _live(line: ResourceLine) -> Text:
    style = ATTENTION if line.live >= line.max else ""
    return Text(f"{line.live}/{line.max}", style=style)


def _money(report: Status) -> Iterator[RenderableType]:
    """Nothing while nothing has a price and nobody set a budget."""
    if not any(line.limit is not None or line.spent or line.committed for line in report.money):
        return
    made = table("money of", "in this", ">spent", ">committed", ">left", ">of", "")
    for line in report.money:
        unpriced = f"{many(line.unpriced, 'machine')} without a price" if line.unpriced else ""
        made.add_row(
            text(line.of),
            line.period,
            money(line.spent),
            money(line.committed),
            _left(line),
            money(line.limit),
            text(unpriced, ATTENTION),
        )
    yield from titled("Money", made)


def _left(line: MoneyLine) -> Text:
    shown = money(line.left)
    if line.limit is not None and line.left is not None and line.left < line.limit * _LITTLE:
        shown.stylize(ATTENTION)
    return shown


def _instances(report: Status, width: int) -> Table | Text:
    if not report.instances:
        return Text("none", style=DIM)
    wide = width >= _WIDE
    made = table(
        "instance", "phase", "resource", *(["worker"] if wide else []), ">since", ">idle", "why"
    )
    for line in report.instances:
        made.add_row(
            text(line.name, "bold"),
            _phase(line),
            text(line.resource),
            *([text(line.worker or "-", DIM)] if wide else []),
            brief(line.since, report.at),
            brief(line.idle_since, report.at),
            text(line.reason, DIM),
        )
    return made


def _phase(line: InstanceLine) -> Text:
    words = f"{line.phase} {line.activity}" if line.phase == "UP" else str(line.phase)
    shown = Text(words, style=ACTIVITY[line.activity])
    shown.append(" protected" if line.protected else "", style=ATTENTION)
    return shown.append(" reclaimed" if line.reclaimed else "", style=ATTENTION)
