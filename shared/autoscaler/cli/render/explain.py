"""`explain`: numbers, what was done, what was not, and a timeline."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.find import short_names
from autoscaler.cli.render import happenings
from autoscaler.cli.render.words import (
    ACTIVITY,
    ATTENTION,
    DIM,
    GOOD,
    NEWS,
    ago,
    clock,
    date_and_clock,
    hanging,
    indented,
    table,
    text,
)
from autoscaler.cli.reports.explain import AutoscalerExplained, Numbers
from autoscaler.cli.reports.idle import IdleLine
from autoscaler.cli.reports.life import InstanceExplained
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import Event
from autoscaler.core.reclaim import reclaimed
from autoscaler.core.words import many, span

_DAY = 20 * 3600
_LIMITS = {Cause.RESOURCE_MAX, Cause.AUTOSCALER_MAX, Cause.DEPLOYMENT_MAX}


def autoscaler(told: AutoscalerExplained, *, after_another: bool = False) -> RenderableType:
    return Group(*([Text("")] if after_another else []), *_autoscaler(told))


def instance(told: InstanceExplained) -> RenderableType:
    return Group(*_instance(told))


def verdicts(listed: Sequence[Verdict], mark: Text) -> Iterator[RenderableType]:
    """Each with its reason, its cause at the end, and under it what a person can do."""
    times = Counter(_said(verdict) for verdict in listed)
    for verdict in listed:
        words = _said(verdict)
        where = f" for {verdict.queue}" if times[words] > 1 and verdict.queue else ""
        line = text(f"{words}{where}").append_text(text(f"  {verdict.cause}", DIM))
        yield indented(hanging(mark, line))
        if verdict.remedy:
            yield indented(hanging(Text("→", NEWS), text(verdict.remedy, NEWS)), 4)


def _autoscaler(told: AutoscalerExplained) -> Iterator[RenderableType]:
    yield _title(told)
    for pause in told.paused:
        yield indented(text(pause, ATTENTION))
    if told.last_tick is None:
        return
    yield indented(Text(_numbers(told.last_tick, told.at)))
    yield from section("Done in the last tick", verdicts(told.did, Text("✓", GOOD)))
    yield from section("Nothing (more) started, because", verdicts(told.not_started, Text("·")))
    yield from section("Not stopped, because", verdicts(told.not_stopped, Text("·")))
    yield from section(
        "Idle machines", (indented(text(_stays(line))) for line in told.idle_limits)
    )
    lately = [event for event in told.lately if not happenings.is_small(event)]
    if lately:
        names = short_names({event.subject for event in lately})
        yield from section("Lately", [_timeline(lately, told.at, names)])


def _title(told: AutoscalerExplained) -> Text:
    line = Text().append_text(text(told.autoscaler, "bold"))
    if told.last_tick is None:
        return line.append("   no tick yet: is `autoscaler up` running?", ATTENTION)
    when = f"   last tick {ago(told.last_tick.at, told.at)}"
    if told.last_tick_is_old:
        return line.append(f"{when}: is `autoscaler up` running?", ATTENTION)
    return line.append(when, DIM)


def _numbers(seen: Numbers, now: datetime) -> str:
    unknown = seen.waiting is None
    waiting = "waiting tasks unknown" if unknown else f"{many(seen.waiting or 0, 'task')} waiting"
    if seen.oldest:
        waiting += f", oldest {span(now - seen.oldest)}"
    counts = (
        (seen.idle, "idle"),
        (seen.booting, "booting"),
        (seen.busy, "busy"),
        (seen.draining, "draining"),
    )
    most = "" if seen.max is None else f" of {seen.max}"
    last_said = seen.live if seen.max is None else seen.max
    noun = "machine" if last_said == 1 else "machines"
    parts = [f"{count} {name}" for count, name in counts if count or name in ("idle", "busy")]
    return " · ".join([waiting, f"{seen.live}{most} {noun}", *parts])


def _stays(line: IdleLine) -> str:
    """How long they stay, and where that comes from."""
    if line.boot is None or line.break_even is None:
        limit = span(timedelta(seconds=line.limit))
        return f"{line.resource}: each stays for {limit}  policy {line.policy}"
    boot, even = (span(timedelta(seconds=each)) for each in (line.boot, line.break_even))
    return (
        f"{line.resource}: as many stay as had work lately ({line.why});"
        f" a boot takes {boot}, and {even} without work cost as much as a new machine"
    )


def _said(verdict: Verdict) -> str:
    counted = ""
    if verdict.cause in _LIMITS:
        counted = f"{verdict.count} not started: "
    elif verdict.count > 1 and not verdict.queue:
        counted = f"{verdict.count} x "
    resource = f"{verdict.autoscaler}/{verdict.resource}" if verdict.resource else ""
    if not resource or resource in verdict.reason:
        return f"{counted}{verdict.reason}"
    return f"{counted}{resource}: {verdict.reason}"


def section(title: str, body: Iterable[RenderableType]) -> Iterator[RenderableType]:
    lines = list(body)
    if lines:
        yield Text("")
        yield indented(Text(title, "bold"))
        yield from lines


def _instance(told: InstanceExplained) -> Iterator[RenderableType]:
    row = told.instance
    line = Text().append_text(text(row.key, "bold"))
    line.append(f"   {row.phase}", ACTIVITY[told.activity])
    line.append(f" {told.activity}" if row.phase == "UP" else "", ACTIVITY[told.activity])
    line.append(" protected" if row.protected else "", ATTENTION)
    line.append(" reclaimed" if reclaimed(row, told.at) else "", ATTENTION)
    yield line
    for number, why in enumerate(told.why):
        yield indented(text(why, "" if number == 0 else DIM))
    yield Text("")
    yield indented(_facts(told))
    if told.timeline:
        yield from section("Life", [_timeline(told.timeline, told.at)])


def _facts(told: InstanceExplained) -> Table:
    row = told.instance
    facts = {
        "resource": row.resource_key,
        "machine": " ".join(filter(None, [row.instance_id, row.type, row.zone, row.market])),
        "worker": row.worker,
        "asked for": date_and_clock(row.requested_at),
        "launched": date_and_clock(row.launched_at) if row.launched_at else "",
        "registered": date_and_clock(row.registered_at) if row.registered_at else "",
        "boot": ", ".join(row.boot),
        "idle since": date_and_clock(row.idle_since) if row.idle_since else "",
        "gone": date_and_clock(row.gone_at) if row.gone_at else "",
    }
    made = Table.grid(padding=(0, 2))
    made.add_column(style=DIM)
    made.add_column(overflow="fold")
    for name, fact in facts.items():
        if fact:
            made.add_row(name, text(fact))
    return made


def _timeline(
    events: Sequence[Event], now: datetime, names: Mapping[str, str] | None = None
) -> RenderableType:
    """One line for each event, with its subject where there are `names`; no reason twice."""
    today = all((now - event.at).total_seconds() < _DAY for event in events)
    made = table("", "", "")
    made.show_header = False
    for before, event in zip([None, *events], events, strict=False):
        told = happenings.said(event)
        when = clock(event.at) if today else date_and_clock(event.at)
        subject = f"{names[event.subject]} " if names and event.subject in names else ""
        what = Text(f"{told.mark} ", told.style).append_text(text(f"{subject}{told.words}"))
        known = before is not None and (before.reason, before.by) == (event.reason, event.by)
        why = Text() if known and not subject else happenings.reason(event)
        why.stylize(DIM)
        made.add_row(Text(when, DIM), what, why)
    return indented(made)
