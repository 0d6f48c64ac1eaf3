"""`check`: what was looked at, what is wrong with it, and what to do."""

from collections.abc import Iterator, Sequence
from typing import Literal

from autoscaler.cli.failures import problems_of
from autoscaler.config import Config
from autoscaler.core.value import Value
from autoscaler.core.words import many
from autoscaler.errors import AutoscalerError, Problem

Verdict = Literal["ok", "warning", "error", "skipped"]


class Line(Value):
    """One thing that was looked at: what was found, or which problem it has."""

    check: str
    verdict: Verdict
    found: str = ""
    field: str = ""
    value: str = ""
    remedy: str = ""


class Checked(Value):
    """`ok` is False when any line is an error."""

    ok: bool
    lines: tuple[Line, ...]


def checked(lines: Sequence[Line]) -> Checked:
    return Checked(ok=not any(line.verdict == "error" for line in lines), lines=tuple(lines))


def configuration(config: Config) -> Line:
    autoscalers = many(len(config.autoscalers), "autoscaler")
    return Line(
        check="configuration",
        verdict="ok",
        found=f"{autoscalers}, {many(len(config.by_key), 'resource')}",
    )


def mistakes(check: str, error: AutoscalerError) -> Iterator[Line]:
    for problem in problems_of(error):
        yield wrong(check, problem)


def wrong(check: str, problem: Problem, verdict: Verdict = "error") -> Line:
    return Line(
        check=check,
        verdict=verdict,
        field=problem.field,
        value=problem.value,
        remedy=problem.remedy,
    )
