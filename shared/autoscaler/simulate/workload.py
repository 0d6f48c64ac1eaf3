"""What is simulated: tasks, and when somebody hands each of them in."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Task:
    """`submit_s` counts from the workload's start; the task runs for `duration_s` once begun."""

    id: str
    queue: str
    submit_s: float
    duration_s: float
    gpus: float = 1.0


@dataclass(frozen=True)
class Workload:
    """Tasks in the order in which they are handed in; `tasks` begins anew whenever it is called.

    `queues` are all that any task names. `count` is how many tasks there are, where it is known.
    """

    name: str
    queues: tuple[str, ...]
    tasks: Callable[[], Iterator[Task]] = field(repr=False)
    start: datetime = MONDAY
    count: int | None = None

    def renamed(self, names: Mapping[str, str]) -> "Workload":
        """The same tasks in other queues; a queue that is not named keeps its name."""

        def tasks() -> Iterator[Task]:
            for task in self.tasks():
                yield replace(task, queue=names.get(task.queue, task.queue))

        queues = tuple(dict.fromkeys(names.get(each, each) for each in self.queues))
        return replace(self, queues=queues, tasks=tasks)


def workload(name: str, tasks: Iterable[Task], start: datetime = MONDAY) -> Workload:
    """Of tasks that are all known, in any order."""
    known = sorted(tasks, key=lambda task: task.submit_s)
    queues = tuple(dict.fromkeys(task.queue for task in known))
    return Workload(name, queues, lambda: iter(known), start, len(known))
