"""Tasks of one place on the queues of another."""

from collections.abc import Mapping, Sequence

from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.workload import Workload

ALL = "*"
OPTION = "--map"


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """`FROM=TO` each; FROM may be *, for all that are not named. ConfigError for others."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, to = pair.partition("=")
        if not (name and sign and to):
            remedy = "write FROM=TO: a queue of the tasks (* for all others), one of the machines"
            raise ConfigError(Problem(OPTION, pair, remedy))
        found[name] = to
    return found


def fitted(workload: Workload, served: Sequence[str], names: Mapping[str, str]) -> Workload:
    """The tasks in queues that are `served`, by the names that were given for others.

    ConfigError names the queues that no resource serves.
    """
    renamed = workload.renamed(
        {each: names.get(each, names.get(ALL, each)) for each in workload.queues}
    )
    if missing := [each for each in renamed.queues if each not in served]:
        said = f"is served by no resource: map it to one of {', '.join(served)}"
        remedy = f"{said}, as in {OPTION} '{missing[0]}={served[0]}'"
        raise ConfigError(Problem("queue", missing[0], remedy))
    return renamed


def spread(workload: Workload, served: Sequence[str], names: Mapping[str, str]) -> Workload:
    """The same for tasks that were made up: each queue that is not served becomes another one."""
    free = [each for each in served if each not in workload.queues]
    missing = [each for each in workload.queues if each not in served and each not in names]
    made_up = {
        each: (free or list(served))[min(number, len(free or served) - 1)]
        for number, each in enumerate(missing)
    }
    return fitted(workload, served, {**made_up, **names})
