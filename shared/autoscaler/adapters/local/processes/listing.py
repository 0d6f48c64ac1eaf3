"""Which machines live. A machine is gone only when nothing of it can come back."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from autoscaler.adapters.local.processes.ending import living
from autoscaler.adapters.local.processes.folders import Folders, MachineFolder
from autoscaler.core.seen import Machine
from autoscaler.errors import UnavailableError

_COMING_UP = timedelta(seconds=60)  # a starter that has not come so far by then never will


def machines(
    folders: Iterable[MachineFolder], deployment: str, now: datetime
) -> Iterator[Machine]:
    """As they are now. Raises UnavailableError when one cannot be read."""
    for folder in folders:
        try:
            record = folder.record
            if record.deployment == deployment:
                state, detail = _state(folder, record.machine, now)
                yield record.machine.model_copy(update={"state": state, "detail": detail})
        except (UnavailableError, OSError) as error:
            if folder.path.exists():  # otherwise it was pruned just now
                raise UnavailableError(str(error)) from error


def prune(folders: Folders, deployment: str, before: datetime) -> None:
    """Drop the folders of machines that ended before that time, and what their launch got."""
    for folder in folders:
        over = folder.ended
        if (
            over
            and over.at < before
            and not folder.locked
            and folder.record.deployment == deployment
        ):
            folders.forget(folder.record.machine.token)
            folders.drop(folder)


def _state(folder: MachineFolder, machine: Machine, now: datetime) -> tuple[str, str]:
    if folder.locked:
        over = folder.ended
        return ("stopping", over.reason) if over else ("living", "")
    if folder.ended is None:
        born = machine.launched_at or now
        if not folder.was_up and now - born < _COMING_UP:
            return "living", "its guard is being started"
        if living(folder.path):
            return "living", "its guard and agents are dead, something that they started is not"
        with folder.hold() as held:
            if held:
                folder.end("it vanished" if folder.was_up else "it never came up")
    over = folder.ended
    return ("gone", over.reason) if over else ("living", "")
