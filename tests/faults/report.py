"""What many runs came to: one line per failure, its story, and one object for machines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.play import Outcome

INVARIANTS = tuple(f"S{n}" for n in range(1, 8)) + tuple(f"L{n}" for n in range(1, 6))


@dataclass(slots=True)
class Report:
    """Adds runs up."""

    runs: int = 0
    let_go: int = 0
    killed: int = 0
    leaked: int = 0
    hours: float = 0.0
    machines: int = 0
    tasks: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.runs += 1
        self.let_go += outcome.let_go
        self.killed += outcome.killed
        self.leaked += outcome.leaked
        self.hours += outcome.hours
        self.machines += outcome.machines
        self.tasks += outcome.tasks
        if outcome.broken:
            self.violations[outcome.broken] += 1
            self.failures.append(outcome)

    def document(self, elapsed: float) -> dict[str, Any]:
        return {
            "runs": self.runs,
            "violations": {name: self.violations[name] for name in INVARIANTS},
            "let_go": self.let_go,
            "killed": self.killed,
            "leaked": self.leaked,
            "simulated_hours": round(self.hours, 1),
            "machines": self.machines,
            "tasks": self.tasks,
            "seconds": round(elapsed, 1),
            "hours_per_second": round(self.hours / elapsed, 1) if elapsed else 0.0,
        }


def told(outcome: Outcome, *, drop: str, state: str = "memory") -> Iterable[str]:
    """A failed run: what was broken, what led to it, and how to see it again."""
    yield f"{outcome.broken} broken at seed {outcome.seed}, rate {outcome.rate:g}: {outcome.what}"
    yield from (f"  {line}" for line in outcome.story)
    again = f"--seeds 1 --first-seed {outcome.seed} --rate {outcome.rate:g}"
    again += f" --drop {drop}" if drop else ""
    again += f" --state {state}" if state != "memory" else ""
    yield f"  again: python -m tests.faults {again}"


def table(rows: Sequence[tuple[str, str, Report]]) -> Iterable[str]:
    """Rule by rule: what broke first, and in how many of the runs."""
    yield "| left out | rule | broken, in runs |"
    yield "|---|---|---|"
    for name, rule, report in rows:
        broken = ", ".join(f"{key} {count}" for key, count in sorted(report.violations.items()))
        yield f"| {name} | {rule} | {broken or 'nothing'} of {report.runs} |"


def compared(rows: Sequence[tuple[str, Report]]) -> Iterable[str]:
    """Way by way of ending idle machines: how many ended, and how many tasks died with them."""
    yield "| way | runs | machines let go | tasks killed | per 1,000 |"
    yield "|---|---|---|---|---|"
    for words, report in rows:
        rate = 1000 * report.killed / report.let_go if report.let_go else 0.0
        sums = f"{report.runs} | {report.let_go:,} | {report.killed} | {rate:.1f}"
        yield f"| {words} | {sums} |"
