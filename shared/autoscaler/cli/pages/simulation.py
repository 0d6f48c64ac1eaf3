"""The report of a simulation as one page: to show to a team, to keep beside a decision."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from importlib.resources import files
from string import ascii_uppercase

from autoscaler.cli.pages.charts import Line, amounts, chart, stacked, steps, times
from autoscaler.cli.reports.figures import Figure, figures
from autoscaler.cli.reports.simulation import Simulation, Variant
from autoscaler.core.words import amount, many, span
from autoscaler.simulate.outcome import Outcome, Waits
from autoscaler.simulate.series import Curves

_HOUR = 3600.0
_COLOURS = 6
_CARDS = ("cost", "wait, mean", "wait, p95", "wasted")


def page(told: Simulation) -> str:
    """HTML that needs nothing else."""
    style = files("autoscaler.cli.pages").joinpath("style.css").read_text(encoding="utf-8")
    body = "".join(_body(told))
    title = f"{escape(told.workload)}: simulation"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{style}</style></head><body><main>{body}</main></body></html>\n"
    )


def _body(told: Simulation) -> Iterator[str]:
    outcomes = [variant.outcome for variant in told.variants]
    lead = f"<h1>{escape(told.workload)}</h1><p>{escape(_lead(told))}</p>"
    yield f"<header>{lead}{_names(told.variants)}</header>"
    yield _cards(figures(told), told.variants)
    yield f"<h2>Figures</h2>{_table(figures(told), told.variants)}"
    yield f"<h2>Machines and queue</h2>{''.join(_machines(told))}"
    yield '<h2>Money and waits</h2><div class="pair">'
    yield f"{_cost(told.variants)}{_waits(told.variants)}</div>"
    yield f"<h2>By queue</h2>{_queues(told.variants)}"
    yield f"<h2>What was assumed</h2><ul>{''.join(_assumed(told, outcomes))}</ul>"


def _lead(told: Simulation) -> str:
    first = told.variants[0]
    said = f"{many(first.outcome.tasks, 'task')} in {_hours(first.outcome.hours)}"
    if len(told.variants) > 1:
        return (
            f"{said}, handled in {len(told.variants)} ways. B and all others are compared with A."
        )
    return f"{said}, as {first.name} would have handled them."


def _names(variants: Sequence[Variant]) -> str:
    """Names may be long: everywhere else variants have letters."""
    if len(variants) == 1:
        return ""
    named = zip(_letters(variants), variants, strict=True)
    items = "".join(
        f'<li class="v{number % _COLOURS}"><b>{letter}</b> {escape(variant.name)}</li>'
        for number, (letter, variant) in enumerate(named)
    )
    return f'<ul class="names legend">{items}</ul>'


def _letters(variants: Sequence[Variant]) -> Sequence[str]:
    return ascii_uppercase[: len(variants)]


def _cards(known: Sequence[Figure], variants: Sequence[Variant]) -> str:
    """The figures that people ask for first: of the first variant, and of the others beside it."""
    made = []
    for figure in (each for each in known if each.label in _CARDS):
        others = "".join(
            f'<li class="{_tone(figure, number)}"><b>{letter}</b>'
            f" {escape(figure.shown(figure.values[number]))} {escape(figure.change(number))}</li>"
            for number, letter in enumerate(_letters(variants))
            if number
        )
        others = f"<ul>{others}</ul>" if others else f"<small>{escape(figure.meaning)}</small>"
        made.append(
            f'<section class="card"><h3>{escape(figure.label)}</h3>'
            f"<strong>{escape(figure.shown(figure.values[0]))}</strong>{others}</section>"
        )
    return f'<div class="cards">{"".join(made)}</div>'


def _tone(figure: Figure, number: int) -> str:
    if figure.only_tells or not figure.change(number):
        return ""
    return "better" if figure.is_better(number) else "worse"


def _table(known: Sequence[Figure], variants: Sequence[Variant]) -> str:
    several = len(variants) > 1
    letters = "".join(f'<th scope="col">{letter}</th>' for letter in _letters(variants))
    head = f"<thead><tr><td></td>{letters}</tr></thead>" if several else ""
    rows = "".join(_row(figure, len(variants)) for figure in known)
    return f'<div class="wide"><table>{head}<tbody>{rows}</tbody></table></div>'


def _row(figure: Figure, variants: int) -> str:
    cells = "".join(
        f"<td>{escape(figure.shown(figure.values[number]))}"
        f' <small class="{_tone(figure, number)}">{escape(figure.change(number))}</small></td>'
        for number in range(variants)
    )
    meaning = f"<small>{escape(figure.meaning)}</small>"
    return f'<tr><th scope="row">{escape(figure.label)} {meaning}</th>{cells}</tr>'


def _machines(told: Simulation) -> Iterator[str]:
    """One pair of plots for each variant, all with the same axes."""
    curves = [variant.outcome.curves for variant in told.variants]
    x = times(max(map(_length, curves)))
    most = amounts(max(max(map(sum, _layers(each))) for each in curves))
    queued = amounts(max(max(each.means["waiting"], default=0.0) for each in curves))
    for letter, variant, each in zip(_letters(told.variants), told.variants, curves, strict=True):
        busy, idle, booting = (each.means[name] for name in ("busy", "idle", "booting"))
        layers = [("busy", "busy", busy), ("idle", "idle", idle), ("booting", "booting", booting)]
        peak = max(map(sum, _layers(each)), default=0.0)
        said = f"Machines of {variant.name} over time: {peak:.0f} at most."
        named = f"{letter} · {variant.name}" if len(curves) > 1 else variant.name
        yield f'<h3>{escape(named)}</h3><div class="pair">'
        yield chart("machines", said, stacked(layers, each.width_s), x, most)
        waiting = each.means["waiting"]
        said = (
            f"Waiting tasks of {variant.name} over time: {max(waiting, default=0.0):.0f} at most."
        )
        line = Line("", "waiting", steps(waiting, each.width_s), area=True)
        yield chart("waiting tasks", said, [line], x, queued)
        yield "</div>"


def _layers(curves: Curves) -> Sequence[tuple[float, ...]]:
    return list(zip(*(curves.means[name] for name in ("busy", "idle", "booting")), strict=True))


def _length(curves: Curves) -> float:
    return curves.width_s * max(1, len(curves.means["busy"]))


def _cost(variants: Sequence[Variant]) -> str:
    curves = [variant.outcome.curves for variant in variants]
    lines = [
        Line(name, f"v{number % _COLOURS}", _spent(variant.outcome.curves))
        for number, (name, variant) in enumerate(zip(_labels(variants), variants, strict=True))
    ]
    most = max(line.points[-1][1] for line in lines)
    costs = ", ".join(f"{v.name} {amount(v.outcome.cost)}" for v in variants)
    x = times(max(map(_length, curves)))
    return chart("cost so far", f"Cost over time, in the end {costs}.", lines, x, amounts(most))


def _spent(curves: Curves) -> list[tuple[float, float]]:
    total, points = 0.0, [(0.0, 0.0)]
    for number, price in enumerate(curves.means["price"]):
        total += price * curves.width_s / _HOUR
        points.append(((number + 1) * curves.width_s, total))
    return points


def _waits(variants: Sequence[Variant]) -> str:
    lines = [
        Line(name, f"v{number % _COLOURS}", _shares(variant.outcome.waits))
        for number, (name, variant) in enumerate(zip(_labels(variants), variants, strict=True))
    ]
    longest = max(1.0, *(variant.outcome.waits.p99_s for variant in variants))
    said = "; ".join(
        f"{v.name}: half of the tasks wait up to {_seconds(v.outcome.p50_wait_s)},"
        f" 95 of 100 up to {_seconds(v.outcome.p95_wait_s)}"
        for v in variants
    )
    percent = amounts(100)
    y = percent._replace(ticks=[(at, f"{words} %") for at, words in percent.ticks])
    return chart("tasks that waited no longer", said, lines, times(longest), y)


def _shares(waits: Waits) -> list[tuple[float, float]]:
    return [(wait, float(percent)) for percent, wait in enumerate(waits.centiles)]


def _labels(variants: Sequence[Variant]) -> Sequence[str]:
    """What lines are called; one alone needs no name."""
    return _letters(variants) if len(variants) > 1 else ("",)


def _queues(variants: Sequence[Variant]) -> str:
    several = len(variants) > 1
    rows = "".join(
        f'<tr><th scope="row">{escape(queue)}{f" {letter}" if several else ""}</th>'
        f"<td>{waits.tasks:,}</td><td>{_seconds(waits.mean_s)}</td>"
        f"<td>{_seconds(waits.p95_s)}</td><td>{_seconds(waits.max_s)}</td></tr>"
        for queue in dict.fromkeys(q for v in variants for q in v.outcome.queues)
        for letter, variant in zip(_letters(variants), variants, strict=True)
        if (waits := variant.outcome.queues.get(queue))
    )
    names = ("queue", "tasks done", "wait, mean", "wait, p95", "wait, longest")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _assumed(told: Simulation, outcomes: Sequence[Outcome]) -> Iterator[str]:
    boots = (
        f"A machine takes {told.boot_mean_s:.0f} s on average from its launch to its first task;"
        f" 95 of 100 take up to {told.boot_p95_s:.0f} s. Every variant gets the same boots."
    )
    spot = ", ".join(told.spot_zones)
    market = (
        f"Spot machines come and go as they did in {spot}."
        if spot
        else "There are always machines to be had, on demand and on the spot market."
    )
    billing = (
        "A machine is billed from its launch until it stops, for a minute at least. Disks, traffic"
        " and the autoscaler itself are not counted."
    )
    said = [
        *told.notes,
        boots,
        market,
        billing,
        "Tasks take as long on every machine. One that loses its machine starts anew.",
        f"Seed {told.seed}: the same command gives the same figures.",
    ]
    if any(outcome.unpriced for outcome in outcomes):
        said.insert(0, "Machines without a price were counted as 1 an hour (spot: 0.3).")
    yield from (f"<li>{escape(each)}</li>" for each in said)


def _seconds(seconds: float) -> str:
    return span(timedelta(seconds=seconds))


def _hours(hours: float) -> str:
    return span(timedelta(hours=hours))
