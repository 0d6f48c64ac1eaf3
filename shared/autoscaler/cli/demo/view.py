"""What one sees of the demo while it runs, and at its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autoscaler.cli.demo.observer import TaskStory
from autoscaler.core.ledger import Event, Instance, Phase

_COLOURS = {
    "queued": "yellow",
    "running": "cyan",
    "completed": "green",
    Phase.REQUESTED: "yellow",
    Phase.BOOTING: "yellow",
    Phase.UP: "green",
    Phase.DRAINING: "magenta",
    Phase.TERMINATING: "red",
    Phase.GONE: "dim",
}


def live(
    title: str,
    names: Mapping[str, str],
    tasks: Mapping[str, TaskStory],
    instances: Sequence[Instance],
    now: datetime,
) -> RenderableType:
    """Tasks as the server sees them, machines as the state table holds them."""
    return Group(Text(title, style="bold"), task_table(names, tasks), machines(instances, now))


def task_table(names: Mapping[str, str], tasks: Mapping[str, TaskStory]) -> Table:
    """One row per task: what became of it, how long it waited, where it ran."""
    table = Table("task", "queue", "status", "waited", "ran", "machine", box=box.SIMPLE_HEAD)
    for task, name in names.items():
        story = tasks.get(task)
        if story is None:
            continue
        ran = (
            f"{(story.ended - story.pulled).total_seconds():.0f} s"
            if story.ended and story.pulled
            else ""
        )
        waited = "" if story.wait is None else f"{story.wait:.1f} s"
        status = Text(story.status, style=_COLOURS.get(story.status, "red"))
        table.add_row(name, story.queue, status, waited, ran, short(story.worker))
    return table


def machines(instances: Sequence[Instance], now: datetime) -> Table:
    """One row per machine that is not gone, or went lately."""
    table = Table("machine", "resource", "phase", "for", "reason", box=box.SIMPLE_HEAD)
    for row in sorted(instances, key=lambda row: row.key):
        phase = Text(row.phase, style=_COLOURS[row.phase])
        lasted = f"{(now - row.moved_at).total_seconds():.0f} s"
        table.add_row(short(row.key), row.resource, phase, lasted, Text(row.reason))
    return table


def story(events: Sequence[Event]) -> Table:
    """Every launch and every end, with its reason, oldest first."""
    table = Table("at", "what", "event", "why", box=box.SIMPLE_HEAD)
    for event in sorted(events, key=lambda event: event.at):
        if event.event.startswith("ordered") or "DRAINING" in event.event:
            at = f"{event.at:%H:%M:%S}"
            table.add_row(at, short(event.subject), event.event, Text(event.reason))
    return table


def short(key: str) -> str:
    """The end of a long id, which is where ids differ: of a row's key or of a worker's id."""
    launch, _, place = key.rpartition(":")[2].replace("-", ".").partition(".")
    index = place.rpartition(".")[2]
    return f"{launch[-6:]}.{index}" if index else launch[-6:]
