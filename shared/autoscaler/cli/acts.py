"""Carrying out what a person asked for by hand, and telling what follows from it."""

from collections.abc import Sequence

from rich.text import Text

from autoscaler.cli import people
from autoscaler.cli.escape import visible
from autoscaler.cli.find import find, instances_of
from autoscaler.cli.render.words import ATTENTION, DIM, GOOD, NEWS, ago, text
from autoscaler.cli.reports.ticks import is_old
from autoscaler.cli.terminal import emit, out
from autoscaler.core.ledger import Control, DecisionRow, Instance, Phase, Ref
from autoscaler.core.limits import EVERYWHERE, paused_by
from autoscaler.hosts.deployed import Deployed
from autoscaler.services.operate import Operator

Styled = tuple[str, str]


class Acts:
    """`by` is who acts; everything is written down before anything is told."""

    def __init__(self, where: Deployed, by: str, *, json_output: bool) -> None:
        self._where = where
        self._by = people.who(by)
        self._json = json_output

    def drain(self, words: str, reason: str) -> None:
        found = self._find(words)
        row = self._operator.drain(found.key, reason)
        self._told_instance(row, "to be drained", "its guard stops it unless it works")

    def drain_many(self, autoscaler: str, reason: str, *, everything: bool) -> None:
        name = autoscaler or None
        if everything:
            rows = self._operator.drain_all(name, reason)
            follows = "each stops once no task runs on it; those that are protected stay"
            remedy = " ".join(["autoscaler pause", *([name] if name else []), "--out"])
            note = (f"! machines start again for tasks that wait → {remedy}", ATTENTION)
        else:
            rows = self._operator.drain_idle(name, reason)
            follows = "each stops unless a task has come; those that work or are protected stay"
            note = ("min_instances starts as many again as it asks for", DIM)
        self._told_instances(rows, follows, note)

    def protect(self, words: str, reason: str, *, on: bool) -> None:
        found = self._find(words)
        row = self._operator.protect(found.key, on=on, reason=reason)
        if on:
            self._told_instance(row, "protected", "only `drain` and `terminate` stop it now")
        else:
            self._told_instance(row, "no longer protected", "it stops when it is idle too long")

    def terminate(self, words: str, reason: str, *, yes: bool) -> None:
        row = self._find(words)
        question = f"End {row.key} ({row.resource_key}, {row.phase}: {row.reason})?"
        people.confirm(f"{visible(question)} A task that runs on it is lost.", yes=yes)
        row = self._operator.terminate(row.key, reason)
        self._told_instance(row, "to be ended", "its machine ends, whatever it does")

    def pause(self, autoscaler: str, reason: str, *, scale_out: bool, scale_in: bool) -> None:
        row = self._operator.pause(
            autoscaler or None, scale_out=scale_out, scale_in=scale_in, reason=reason
        )
        self._told_control(row, "`autoscaler resume` takes it back")

    def resume(self, autoscaler: str, *, scale_out: bool, scale_in: bool) -> None:
        row = self._operator.resume(autoscaler or None, scale_out=scale_out, scale_in=scale_in)
        self._told_control(row, "from the next tick on")

    @property
    def _operator(self) -> Operator:
        return self._where.operator(self._by)

    def _find(self, words: str) -> Instance:
        """Looked up in the table as it is: a mistyped name must not make one."""
        return find(words, instances_of(self._where.table))

    def _told_instance(self, row: Instance, done: str, follows: str) -> None:
        if self._json:
            emit({"done": done, "by": self._by, "instance": row.model_dump(mode="json")})
            return
        line = Text("✓ ", GOOD).append_text(text(row.key, "bold not green"))
        line.append_text(text(f" ({row.resource_key}) is {done}, by {self._by}.", "default"))
        self._told(line, follows)

    def _told_instances(self, rows: Sequence[Instance], follows: str, note: Styled) -> None:
        if self._json:
            shown = [row.model_dump(mode="json") for row in rows]
            emit({"done": "to be drained", "by": self._by, "instances": shown})
            return
        if not rows:
            out().print(Text("no machine is to be drained: there is none of that kind", DIM))
            return
        for row in rows:
            task = ", once its task ends" if row.phase == Phase.UP else ""
            line = Text("✓ ", GOOD).append_text(text(row.key, "bold not green"))
            words = f" ({row.resource_key}) is to be drained{task}, by {self._by}."
            out().print(line.append_text(text(words, "default")), soft_wrap=True)
        out().print(Text(f"  {follows}{self._when()}", DIM), soft_wrap=True)
        out().print(text(*note), soft_wrap=True)

    def _told_control(self, row: Control, follows: str) -> None:
        if self._json:
            told = {"by": self._by, "control": row.model_dump(mode="json")}
            emit({**told, "still_paused": self._still_paused(row)})
            return
        name = "every autoscaler" if row.key == EVERYWHERE else row.key
        line = Text("✓ ", GOOD).append_text(text(name, "bold not green"))
        states = f": scale-out {_on(row.scale_out)}, scale-in {_on(row.scale_in)}, by {self._by}."
        line.append_text(text(states, "default"))
        self._told(line, follows)
        for still in self._still_paused(row):
            warning = text(f"! for every autoscaler, {still}", ATTENTION)
            out().print(warning.append(" → autoscaler resume", NEWS), soft_wrap=True)

    def _still_paused(self, row: Control) -> list[str]:
        """What is on for this autoscaler, but not for all of them, so that it does not happen."""
        of_all = self._where.state.read(Ref("control", EVERYWHERE))
        if row.key == EVERYWHERE or not isinstance(of_all, Control):
            return []
        states = (
            ("scale-out", row.scale_out, of_all.scale_out),
            ("scale-in", row.scale_in, of_all.scale_in),
        )
        paused = paused_by(of_all)
        return [f"{what} {paused}" for what, on, on_for_all in states if on and not on_for_all]

    def _told(self, line: Text, follows: str) -> None:
        """What was done, what follows, and whether anybody is there to carry it out."""
        console = out()
        console.print(line, soft_wrap=True)
        console.print(Text(f"  {follows}{self._when()}", DIM), soft_wrap=True)

    def _when(self) -> str:
        last = max(
            (row.at for row in self._where.state.live() if isinstance(row, DecisionRow)),
            default=None,
        )
        now = self._where.clock.now()
        if last is None or is_old(last, now, self._where.config.polling_interval):
            return f"; {self._where.runs_by} must run for that, and it does not seem to"
        return f"; the next tick carries it out (the last one: {ago(last, now)})"


def _on(switched_on: bool) -> str:
    return "on" if switched_on else "paused"
