"""What a deployment was made for, and what a configuration needs beyond it."""

from collections.abc import Iterator

from autoscaler.errors import Problem


def renamed(name: str, wanted: str) -> Iterator[Problem]:
    """A deployment keeps its name."""
    if wanted != name:
        remedy = f"the deployment is {name}: write that, or deploy this as another one"
        yield Problem("deployment", wanted, remedy)


def lacking(
    field: str, wanted: frozenset[str], has: frozenset[str], remedy: str
) -> Iterator[Problem]:
    """One for each that is wanted and not there: only another deployment gives it."""
    for one in sorted(wanted - has):
        yield Problem(field, one, remedy)
