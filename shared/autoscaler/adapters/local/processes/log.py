"""A machine's log, for people."""

import time
from collections.abc import Iterator

from autoscaler.adapters.local.processes.folders import MachineFolder

_NOISE = "No tasks in "  # what an idle agent says with every poll
_PAUSE = 0.2


def lines(folder: MachineFolder, *, follow: bool) -> Iterator[str]:
    """The lines so far; with `follow`, those to come as well, for as long as the machine lives."""
    try:
        file = (folder.path / "log").open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    with file:
        rest, lives = "", True
        while lives:
            lives = follow and folder.locked
            if file.tell() > (folder.path / "log").stat().st_size:
                file.seek(0)  # the guard has cut it
            *whole, rest = (rest + file.read()).split("\n")
            yield from (line for line in whole if not line.startswith(_NOISE))
            if lives:
                time.sleep(_PAUSE)
    if rest:
        yield rest
