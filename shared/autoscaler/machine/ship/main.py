"""The unit that sends: what the journal has goes out every few seconds, and once at the end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from time import gmtime, strftime
from typing import Any

from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.secrets import cloud_of, read
from autoscaler.machine.ship.places import Place
from autoscaler.machine.ship.reading import Journal

PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds


def main(arguments: list[str]) -> int:
    """Send FOLDER's machine's lines until SIGTERM; what was not accepted is sent again."""
    folder = Path(arguments[1]).resolve()
    startup = read(folder / "startup.json")
    place = _place(startup["guard"]["source"], cloud_of(startup), startup["boot"]["logs"])
    journal, over = Journal(folder / "logs.cursor"), Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    pause = PAUSE
    while True:
        last = over.wait(pause)
        try:
            while _sent(journal, place):
                pass
            pause = PAUSE
        except (BootError, OSError) as error:
            _say(str(error))
            pause = min(2 * pause, LONGEST_PAUSE)
        if last:
            return 0


def _sent(journal: Journal, place: Place) -> bool:
    """Whether there was something to send."""
    batch = journal.next()
    if batch.lines:
        place.send(batch.lines)
    journal.keep(batch.cursor)
    return bool(batch.cursor)


def _place(source: str, cloud: Any, name: str) -> Place:
    """A machine has only what is for its own cloud."""
    if source == "ec2":
        from autoscaler.machine.ship.cloudwatch import CloudWatch  # noqa: PLC0415 - as it says

        return CloudWatch(cloud, name)
    from autoscaler.machine.ship.cloudlogging import CloudLogging  # noqa: PLC0415 - the same

    return CloudLogging(cloud, name)


def _say(reason: str) -> None:
    at = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
    sys.stderr.write(f'{at} logs not-sent reason="{reason}"\n')
