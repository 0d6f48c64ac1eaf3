"""The unit that sends: what the journal has goes out every few seconds, and once at the end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from time import gmtime, strftime

from autoscaler.machine.boot.aws import Ec2
from autoscaler.machine.boot.google import Gce
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.secrets import cloud_of, read
from autoscaler.machine.ship.places import CloudLogging, CloudWatch, Place
from autoscaler.machine.ship.reading import Journal

PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds


def main(arguments: list[str]) -> int:
    """Send FOLDER's machine's lines until SIGTERM; what was not accepted is sent again."""
    folder = Path(arguments[1]).resolve()
    startup = read(folder / "startup.json")
    place = _place(startup["boot"]["logs"], cloud_of(startup))
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


def _place(name: str, cloud: object) -> Place:
    if isinstance(cloud, Ec2):
        return CloudWatch(cloud, name)
    if isinstance(cloud, Gce):
        return CloudLogging(cloud, name)
    raise SystemExit("logs: this machine is in no cloud that keeps them")


def _say(reason: str) -> None:
    at = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
    sys.stderr.write(f'{at} logs not-sent reason="{reason}"\n')
