"""Limits by the clock."""

import re
from collections.abc import Iterator
from datetime import time
from difflib import get_close_matches
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from autoscaler.config.faults import mistake
from autoscaler.config.fields import Count, Says, Switch
from autoscaler.config.section import Section
from autoscaler.core.fleet import Hours

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = f"({'|'.join(WEEK)})"
_DAYS = re.compile(f"{_DAY}(-{_DAY})?(,{_DAY}(-{_DAY})?)*")
_CLOCK = re.compile("([01]?[0-9]|2[0-4]):([0-5][0-9])")


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, OSError, ValueError):  # no such zone, or no name of one
        near = get_close_matches(text, available_timezones(), n=1)
        hint = f": did you mean {near[0]}?" if near else ", like Europe/Berlin"
        raise mistake(f"no such time zone{hint}") from None


def _days(text: str) -> str:
    plain = re.sub(r"\s", "", text.lower())
    short = re.sub(f"{_DAY}[a-z]+", r"\1", plain)
    if not _DAYS.fullmatch(short):
        raise mistake("write days like mon-fri, or sat,sun")
    return short


def _clock(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        raise mistake(f"write the minutes too: {value}:00")
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, str) and not found:
        raise mistake("write a time of the day, like 08:00")
    if found and found[1] == "24" and found[2] != "00":
        raise mistake("the day ends at 24:00")
    return f"{int(found[1]):02}:{found[2]}" if found else value


Timezone = Annotated[str, AfterValidator(_zone), Says("time zone")]
Days = Annotated[str, AfterValidator(_days), Says("days")]
ClockTime = Annotated[
    str,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$"}),
    Says("time"),
]


class HoursSection(Section):
    """Other limits at some hours; of those that overlap, the later one in the list counts."""

    days: Days = Field("mon-sun", description="the days on which it begins", examples=["mon-fri"])
    begin: ClockTime = Field(
        "00:00", alias="from", description="when it begins", examples=["08:00"]
    )
    end: ClockTime = Field(
        "24:00",
        alias="to",
        description="when it ends: the next day, if that is no later",
        examples=["20:00"],
    )
    timezone: Timezone | None = Field(
        None, description="the deployment's, unless written here", examples=["Europe/Berlin"]
    )
    max_instances: Count | None = Field(
        None, description="no more machines than this", examples=[8]
    )
    freeze: Switch | None = Field(
        None, description="true: nothing is started or stopped", examples=[True]
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        limits = set(type(self).model_fields) - {"days", "begin", "end", "timezone"}
        if all(getattr(self, name) is None for name in limits):
            known = [name for name in type(self).model_fields if name in limits]
            raise mistake(f"changes nothing: write {', '.join(known[:-1])} or {known[-1]}")
        return self

    def hours(self, timezone: str) -> Hours:
        """In the zone, unless it has one of its own."""
        return Hours(
            days=frozenset(_numbers(self.days)),
            begin=_time(self.begin),
            end=_time(self.end),
            timezone=self.timezone or timezone,
            max_instances=self.max_instances,
            freeze=self.freeze,
        )


class ResourceHoursSection(HoursSection):
    """The same for a resource."""

    min_instances: Count | None = Field(
        None, description="so many stay up without work", examples=[1]
    )

    def hours(self, timezone: str) -> Hours:
        found = super().hours(timezone)
        return found.model_copy(update={"min_instances": self.min_instances})


def _numbers(days: str) -> Iterator[int]:
    """Monday is 0; a range may go over Sunday."""
    for part in days.split(","):
        first, _, last = part.partition("-")
        start, length = WEEK.index(first), WEEK.index(last or first) - WEEK.index(first)
        yield from ((start + i) % 7 for i in range(length % 7 + 1))


def _time(text: str) -> time:
    return time.fromisoformat("00:00" if text == "24:00" else text)
