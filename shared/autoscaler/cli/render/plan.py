"""`plan`: launches, drains, and what would be left as it is."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from autoscaler.cli.render.explain import section, verdicts
from autoscaler.cli.render.words import DIM, NEWS, brief, hanging, indented, table, text
from autoscaler.cli.reports.plan import Planned


def plan(told: Planned) -> RenderableType:
    return Group(*_plan(told))


def _plan(told: Planned) -> Iterator[RenderableType]:
    yield _sum(told)
    if told.queues:
        made = table("queue", ">waiting", ">oldest")
        for ref, queue in told.queues.items():
            made.add_row(text(ref), str(queue.waiting), brief(queue.oldest, told.at))
        yield Text("")
        yield indented(made)
    yield from section("Would start", _launches(told))
    yield from section("Would drain", _drains(told))
    yield from section(
        "Would not start (more), because", verdicts(told.not_started, Text("·", DIM))
    )
    yield from section("Would not stop, because", verdicts(told.not_stopped, Text("·", DIM)))


def _sum(told: Planned) -> Text:
    starts = sum(launch.count for launch in told.launches)
    if not starts and not told.drains:
        words = "The next tick would change nothing."
    else:
        words = f"The next tick would start {starts} and drain {len(told.drains)}."
    return Text(words, "bold").append(" Nothing was changed now.", "not bold dim")


def _launches(told: Planned) -> Iterator[RenderableType]:
    for launch in told.launches:
        line = text(f"{launch.count} x {launch.resource}", "bold")
        told_why = text(f": {launch.reason}  ").append_text(text(launch.cause, DIM))
        yield indented(hanging(Text("+", NEWS), Text().append_text(line).append_text(told_why)))


def _drains(told: Planned) -> Iterator[RenderableType]:
    for drain in told.drains:
        line = Text().append_text(text(drain.name, "bold"))
        line.append_text(text(f" {drain.resource}: {drain.reason}  "))
        line.append_text(text(drain.cause, DIM))
        yield indented(hanging(Text("↓", "magenta"), line))
