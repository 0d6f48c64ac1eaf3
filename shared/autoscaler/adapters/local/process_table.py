"""What runs on this computer, by what each process carries in its environment."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from autoscaler.machine.guard.processes import MARK


@dataclass(frozen=True, slots=True)
class Carrier:
    """A process of a machine: the machine's folder, the worker it belongs to, what it runs."""

    pid: int
    machine: Path
    worker: str
    command: tuple[str, ...]


def carriers(below: Path) -> Iterator[Carrier]:
    """Every process that belongs to a machine whose folder is below `below`."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it ended meanwhile, or is another user's
            environ = process.environ()
            machine = Path(environ.get(MARK, "/"))
            if process.status() != psutil.STATUS_ZOMBIE and machine.is_relative_to(below):
                worker = environ.get("CLEARML_WORKER_ID", "")
                yield Carrier(process.pid, machine, worker, tuple(process.cmdline()))
