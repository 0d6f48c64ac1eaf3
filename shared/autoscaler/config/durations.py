"""Lengths of time as people write them: `90s`, `15m`, `2h`, `1h30m`, `1d`."""

import re
from datetime import timedelta

from autoscaler.config.faults import mistake

PATTERN = "^(?=[0-9])([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$"

_WRITTEN = re.compile(PATTERN)
_SIZES = (86400, 3600, 60, 1)
_UNITS = "dhms"
_LEAST, _MOST = timedelta(seconds=1), timedelta(days=365)
_LOOSE = re.compile(
    r"([0-9]{1,6})\s*(d|h|m|s)(?:ays?|ours?|rs?|in|ins|inutes?|ec|ecs|econds?)?(?![a-z])"
)


def duration(value: object) -> timedelta:
    """The length of time that is written there; raises a mistake that says how to write it."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise mistake(f"say the unit: {value}s, {value}m or {value}h")
    if not isinstance(value, str):
        raise mistake("write a length of time, like 90s, 15m or 1h30m")
    return _within(_parsed(value.strip()))


def written(length: timedelta) -> str:
    """The shortest way to write it, in whole seconds."""
    seconds = round(length.total_seconds())
    text = ""
    for unit, size in zip(_UNITS, _SIZES, strict=True):
        amount, seconds = divmod(seconds, size)
        text += f"{amount}{unit}" if amount else ""
    return text or "0s"


def _parsed(text: str) -> timedelta:
    found = _WRITTEN.match(text)
    if found:
        amounts = [int(part[:-1]) if part else 0 for part in found.groups()]
        return timedelta(seconds=sum(a * s for a, s in zip(amounts, _SIZES, strict=True)))
    if re.fullmatch("[0-9]{1,6}", text):
        raise mistake(f"say the unit: {text}s, {text}m or {text}h")
    meant = "".join(f"{n}{unit}" for n, unit in _LOOSE.findall(text.lower()))
    if _LOOSE.sub("", text.lower()).strip(" ,") == "" and _WRITTEN.match(meant):
        raise mistake(f"write it as {meant}")
    raise mistake("write a length of time, like 90s, 15m or 1h30m")


def _within(length: timedelta) -> timedelta:
    if length < _LEAST:
        raise mistake(f"at least {written(_LEAST)}")
    if length > _MOST:
        raise mistake(f"at most {written(_MOST)}")
    return length
