"""Looking for what is wrong before a machine starts."""

from collections.abc import Iterator
from typing import Literal, Protocol

from autoscaler.core.value import Value
from autoscaler.errors import Problem


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


class Doctor(Protocol):
    """Looks at what the machines of one provider need, more closely than Compute.preflight."""

    def examine(self) -> Iterator[Finding]:
        """Everything that can be told without starting or changing anything, as it is found.

        What depends on something that is wrong is said to be skipped. Never raises for what the
        cloud says.
        """
        ...
