"""Looking for what is wrong before a machine starts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, Protocol, TypeVar

from autoscaler.core.value import Value
from autoscaler.errors import ConfigError, Problem, UnavailableError


class Finding(Value):
    """One thing that was looked at: what was found, or which problem it has.

    `resource` is the key of the one that it is about; empty for what several share.
    """

    check: str
    verdict: Literal["ok", "warning", "error", "skipped"]
    found: str = ""
    field: str = ""
    value: str = ""
    remedy: str = ""
    resource: str = ""

    @classmethod
    def wrong(
        cls,
        check: str,
        problem: Problem,
        verdict: Literal["warning", "error"] = "error",
        *,
        resource: str = "",
    ) -> "Finding":
        return cls(
            check=check,
            verdict=verdict,
            field=problem.field,
            value=problem.value,
            remedy=problem.remedy,
            resource=resource,
        )


class Said(NamedTuple):
    """What one look tells: `found` when there is neither a problem nor a warning."""

    found: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def findings(self, check: str, resource: str) -> Iterator[Finding]:
        """One finding, or one for each problem and warning."""
        if not (self.problems or self.warnings):
            yield Finding(check=check, verdict="ok", found=self.found, resource=resource)
        for problem in self.problems:
            yield Finding.wrong(check, problem, resource=resource)
        for problem in self.warnings:
            yield Finding.wrong(check, problem, "warning", resource=resource)


Look = Callable[[], Said]
E = TypeVar("E", bound=Exception)


def said(look: Look, failed: tuple[type[E], ...], unread: Callable[[E], Said]) -> Said:
    """What the look tells; `unread` says what it means that one of `failed` came instead."""
    try:
        return look()
    except ConfigError as error:
        return Said("", problems=tuple(error.problems))
    except UnavailableError as error:
        return Said("", problems=(Problem("", "", str(error)),))
    except failed as error:
        return unread(error)


def skipped(check: str, resource: str, because: str) -> Finding:
    found = f"not looked at: first mend {because}"
    return Finding(check=check, verdict="skipped", found=found, resource=resource)


def is_wrong(told: Iterable[Finding]) -> bool:
    return any(finding.verdict == "error" for finding in told)


class Doctor(Protocol):
    """Looks at what the machines of one provider need, more closely than Compute.preflight."""

    def examine(self) -> Iterator[Finding]:
        """Everything that can be told without starting or changing anything, as it is found.

        What depends on something that is wrong is said to be skipped. Never raises for what the
        cloud says.
        """
        ...
