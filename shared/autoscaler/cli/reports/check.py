"""`check`: what was looked at, what is wrong with it, and what to do."""

from collections.abc import Iterator, Sequence

from autoscaler.cli.failures import problems_of
from autoscaler.config import Config
from autoscaler.core.value import Value
from autoscaler.core.words import many
from autoscaler.errors import AutoscalerError
from autoscaler.ports import Finding


class Checked(Value):
    """`ok` is False when any line is an error."""

    ok: bool
    lines: tuple[Finding, ...]


def checked(lines: Sequence[Finding]) -> Checked:
    return Checked(ok=not any(line.verdict == "error" for line in lines), lines=tuple(lines))


def configuration(config: Config) -> Finding:
    autoscalers = many(len(config.autoscalers), "autoscaler")
    return Finding(
        check="configuration",
        verdict="ok",
        found=f"{autoscalers}, {many(len(config.by_key), 'resource')}",
    )


def mistakes(check: str, error: AutoscalerError) -> Iterator[Finding]:
    for problem in problems_of(error):
        yield Finding.wrong(check, problem)
