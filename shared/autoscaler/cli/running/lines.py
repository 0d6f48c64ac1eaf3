"""`up` for people: one line for each thing that happens, and a line that moves below them."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from autoscaler.cli.failures import problems_of, said
from autoscaler.cli.find import short_names
from autoscaler.cli.render import happenings
from autoscaler.cli.render.words import BAD, DIM, GOOD, NEWS, clock, hanging, text
from autoscaler.cli.running.news import News
from autoscaler.config import Config
from autoscaler.core.decisions import Verdict
from autoscaler.core.ledger import Event, Instance, Phase
from autoscaler.core.words import many, span
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Shutdown
from autoscaler.ports import Clock, State
from autoscaler.services.poll import Tick


class Lines:
    """A terminal gets a status line as well; a pipe or a file gets only what happened."""

    def __init__(
        self, console: Console, config: Config, state: State, clock: Clock, *, quiet: bool
    ) -> None:
        self._console = console
        self._config = config
        self._state = state
        self._clock = clock
        self._quiet = quiet
        self._last_error = ""
        self._open = ExitStack()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def started(self, names: Sequence[str], *, once: bool) -> None:
        line = text(f"{self._config.name}: ", "bold").append_text(text(", ".join(names)))
        often = "once" if once else f"every {span(self._config.polling_interval)}"
        line.append_text(text(f"   looks at {self._config.clearml.api} {often}", DIM))
        if not once:
            line.append("   Ctrl-C stops", DIM)
        self._print(line)
        if self._console.is_terminal and not self._quiet:
            self._status = self._open.enter_context(self._console.status("looks …"))

    def tick(self, tick: Tick, news: News) -> None:
        self._last_error = ""
        self._events(news.events)
        for verdict in news.over:
            self._say(tick.at, Text("✓", GOOD), _resolved(verdict))
        for verdict in news.began:
            self._say(tick.at, Text("!", BAD), _problem(verdict), always=True)
        if self._status:
            self._status.update(_counted(tick))

    def error(self, error: AutoscalerError) -> None:
        words = "; ".join(said(problem) for problem in problems_of(error))
        if words != self._last_error:
            self._say(self._clock.now(), Text("!", BAD), Text(words), always=True)
        self._last_error = words

    def stopping(self, how: Shutdown, machines: int) -> None:
        if self._status:
            self._status.update(f"waits for {_machines(machines)}")
        what = "what is idle ends, what works goes on" if how == "idle" else "all end"
        line = Text(f"Stopping (on_shutdown: {how}): of {_machines(machines)} {what}. ")
        line.append("Waiting for that; Ctrl-C again leaves them as they are.", DIM)
        self._print(line)

    def stopped(self, events: Sequence[Event], machines: int, second_looks: int) -> None:
        self._events(events)
        self._open.close()
        if second_looks:
            line = Text(f"{_machines(second_looks)} that ended: tasks that ran are back. ")
            line.append("The next `autoscaler up` looks for tasks that never began.", DIM)
            self._print(line)
        if not machines:
            self._print(Text("Stopped; no machine is left."))
            return
        verb, them = ("lives", "it") if machines == 1 else ("live", "them")
        line = Text(f"Stopped; {_machines(machines)} {verb} on. ")
        line.append(
            f"`autoscaler up` goes on with {them}, `up --once --on-shutdown all` ends {them}."
        )
        self._print(line)

    def _events(self, events: Sequence[Event]) -> None:
        told = [event for event in events if not happenings.is_small(event)]
        if not told:
            return
        rows = {row.key: row for row in self._state.live() if isinstance(row, Instance)}
        names = short_names(rows)
        for event in told:
            mark, style, words = happenings.said(event)
            line = _subject(event, rows, names).append_text(text(words, style))
            reason = happenings.reason(event)
            if reason:
                reason.stylize(DIM)
                line.append("  ").append_text(reason)
            self._say(event.at, Text(mark, style), line)

    def _say(self, at: datetime, mark: Text, words: Text, *, always: bool = False) -> None:
        if self._quiet and not always:
            return
        start = Text(clock(at), DIM).append(" ").append_text(mark)
        if self._console.is_terminal:
            self._console.print(hanging(start, words))
        else:
            self._console.print(start.append(" ").append_text(words), soft_wrap=True)

    def _print(self, line: Text) -> None:
        if not self._quiet:
            self._console.print(line, soft_wrap=not self._console.is_terminal)


def living(state: State) -> int:
    """How many machines exist, or may."""
    rows = (row for row in state.live() if isinstance(row, Instance))
    return sum(row.phase != Phase.GONE for row in rows)


def _subject(event: Event, rows: Mapping[str, Instance], names: Mapping[str, str]) -> Text:
    row = rows.get(event.subject)
    if row:
        return text(names[row.key], "bold").append_text(text(f" {row.resource_key} ", DIM))
    mine = next((row for row in rows.values() if row.launch == event.subject), None)
    if mine:
        return text(f"{mine.resource_key} ", "bold")
    return text(f"{event.autoscaler} " if event.autoscaler != "*" else "all ", "bold")


def _problem(verdict: Verdict) -> Text:
    line = text(verdict.reason)
    if verdict.remedy:
        line.append_text(text(f" → {verdict.remedy}", NEWS))
    return line.append_text(text(f"  {verdict.cause}", DIM))


def _resolved(verdict: Verdict) -> Text:
    return text("no longer: ", GOOD).append_text(text(verdict.reason, DIM))


def _counted(tick: Tick) -> Text:
    supply = tick.seen.supply
    waiting = sum(queue.waiting for queue in tick.seen.queues.values())
    busy = sum(1 for one in supply if one.busy)
    idle = sum(1 for one in supply if one.idle and not one.busy)
    coming = sum(1 for one in supply if one.instance.phase in (Phase.REQUESTED, Phase.BOOTING))
    parts = [f"{many(waiting, 'task')} waiting", f"{busy} busy", f"{idle} idle"]
    parts += [f"{coming} coming"] if coming else []
    return Text(f"{clock(tick.at)}  {' · '.join(parts)}", DIM)


def _machines(count: int) -> str:
    return many(count, "machine")
