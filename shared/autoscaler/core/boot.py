"""What a machine's console says of its boot: how long each step took, where it failed, and why.

The text is whoever's runs on the machine. It is read for words only: nothing is decided by it.
"""

import json
import re
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from autoscaler.core.ledger import Instance
from autoscaler.core.redact import redacted, without_keys
from autoscaler.core.words import span

KEPT_LINES = 50

_MOST_STEPS = 16
_LOOKED_AT = 2000
_MINUTE = 60.0
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_NAME = "[a-z][a-z-]{0,19}"
_PHASE = re.compile(rf'({_TIME}) boot phase name="({_NAME})"(.*)')
_FAILED = re.compile(rf'{_TIME} boot boot-failed phase="({_NAME})" reason="((?:[^"\\]|\\.)*)')
_STARTED = re.compile(rf"({_TIME}) guard (agent-started) (.*)")
_SECONDS = re.compile(r" seconds=(\d{1,6}(?:\.\d{1,6})?)(?= |$)")
_AT = re.compile(rf' at="({_TIME})"')


class Step(NamedTuple):
    """`seconds` is None where the machine told only when the step was over."""

    name: str
    at: datetime
    seconds: float | None


class Heard(NamedTuple):
    """What a console said: `failed` is "step: reason", or empty; `tail` are its last lines."""

    steps: tuple[Step, ...] = ()
    failed: str = ""
    tail: tuple[str, ...] = ()


def listen(lines: Iterable[str]) -> Heard:
    """Understand what can be understood. A computer that is started again tells its boot again."""
    steps: dict[str, Step] = {}
    failed = ""
    tail: deque[str] = deque(maxlen=KEPT_LINES)
    for line in without_keys(lines):
        if line.strip():
            tail.append(line)
        if found := _step(line[:_LOOKED_AT]):
            if found.name == "launched":
                steps, failed = {}, ""
            if len(steps) < _MOST_STEPS:
                steps.setdefault(found.name, found)
        failed = _failure(line[:_LOOKED_AT]) or failed
    return Heard(tuple(steps.values()), failed, tuple(map(redacted, tail)))


def noted(row: Instance, heard: Heard | None) -> Instance:
    """The row with what its console said; None: it could not be read.

    A boot that failed keeps its last lines as well: the machine may be gone when somebody asks.
    """
    told = heard or Heard()
    up = row.registered_at is not None
    return row.model_copy(
        update={
            "boot": _steps(row, told),
            "boot_failed": "" if up else _where(heard),
            "console": () if up else told.tail,
            "unheard": False,
        }
    )


def _steps(row: Instance, heard: Heard) -> tuple[str, ...]:
    """Each step with its time, from the order to the registration: clocks that differ show 0."""
    before = row.launched_at or row.requested_at
    steps = [f"launched {_took(before - row.requested_at)}"]
    for step in heard.steps:
        if step.name != "launched":  # the table knows that better
            took = step.at - before
            if step.seconds is not None:
                took = timedelta(seconds=step.seconds)
            steps.append(f"{step.name} {_took(took)}")
            before = step.at
    if row.registered_at:
        steps.append(f"registered {_took(row.registered_at - before)}")
    elif heard.failed:
        steps.append(f"{heard.failed.partition(':')[0]} failed")
    return tuple(steps)


def _where(heard: Heard | None) -> str:
    """Where the boot failed, to be said after "it failed"."""
    if heard is None:
        return "at a step that nobody knows: its console could not be read"
    if heard.failed:
        return f"in {heard.failed}"
    if heard.steps:
        return f"after {heard.steps[-1].name}, the last step that it told of"
    return "before it told of any step"


def _took(length: timedelta) -> str:
    seconds = max(0.0, length.total_seconds())
    return f"{seconds:.1f} s" if seconds < _MINUTE else span(length)


def _step(line: str) -> Step | None:
    found = _PHASE.search(line) or _STARTED.search(line)
    if found is None:
        return None
    written, name, fields = found.groups()
    at, seconds = _AT.search(fields), _SECONDS.search(fields)
    try:
        when = datetime.fromisoformat(at[1] if at else written)
    except ValueError:
        return None
    return Step(name, when, float(seconds[1]) if seconds else None)


def _failure(line: str) -> str:
    found = _FAILED.search(line)
    if found is None:
        return ""
    try:
        reason = str(json.loads(f'"{found[2]}"'))
    except ValueError:
        reason = found[2]
    return f"{found[1]}: {redacted(reason)}"
