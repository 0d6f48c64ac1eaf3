"""Schedules put in force: the limits that a deployment has at one moment."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from autoscaler.core.fleet import Autoscaler, Deployment, Hours, Resource, Terms, changed

_DAY = timedelta(days=1)


def in_force(deployment: Deployment, now: datetime) -> Deployment:
    """The deployment with the limits that its schedules set now.

    Of hours that overlap, those that stand later in the list count, for each limit by itself. A
    minimum never breaks a maximum. An autoscaler's freeze is that of all its resources.
    """
    asked = [a.schedule for a in deployment.autoscalers]
    asked += [r.schedule for r in deployment.resources]
    if not any(asked):
        return deployment
    return changed(deployment, (_autoscaler(each, now) for each in deployment.autoscalers))


def ends(hours: Hours, now: datetime) -> datetime | None:
    """When the hours end that are running now; None when none are.

    Both ends are moments: a time that the clocks skip counts as so much later, one that comes
    twice counts the first time.
    """
    zone = ZoneInfo(hours.timezone)
    today = now.astimezone(zone).date()
    length = _DAY if hours.end <= hours.begin else timedelta(0)
    for day in (today - _DAY, today):
        begin = datetime.combine(day, hours.begin, zone).astimezone(UTC)
        end = datetime.combine(day + length, hours.end, zone).astimezone(UTC)
        if day.weekday() in hours.days and begin <= now < end:
            return end
    return None


def _autoscaler(section: Autoscaler, now: datetime) -> Autoscaler:
    changes, terms = _set(section.schedule, now)
    resources = tuple(_resource(each, terms.freeze, now) for each in section.resources)
    most = changes.get("max_instances", section.max_instances)
    return section.model_copy(
        update={"max_instances": most, "terms": terms, "resources": resources}
    )


def _resource(resource: Resource, frozen: str, now: datetime) -> Resource:
    changes, terms = _set(resource.schedule, now)
    after = resource.model_copy(update={**changes, "terms": terms})
    least = min(after.min_instances, after.max_instances)
    terms = terms.model_copy(update={"freeze": terms.freeze or frozen})
    return after.model_copy(update={"min_instances": least, "terms": terms})


def _set(schedule: Iterable[Hours], now: datetime) -> tuple[dict[str, object], Terms]:
    """The limits that are set now, and the words for them."""
    changes: dict[str, object] = {}
    terms = Terms()
    for hours, until in _running(schedule, now):
        if hours.min_instances is not None:
            changes["min_instances"] = hours.min_instances
            terms = terms.model_copy(update={"least": until})
        if hours.max_instances is not None:
            changes["max_instances"] = hours.max_instances
            terms = terms.model_copy(update={"most": until})
        if hours.freeze is not None:
            terms = terms.model_copy(update={"freeze": until if hours.freeze else ""})
    return changes, terms


def _running(schedule: Iterable[Hours], now: datetime) -> Iterator[tuple[Hours, str]]:
    for hours in schedule:
        if until := ends(hours, now):
            there = until.astimezone(ZoneInfo(hours.timezone))
            yield hours, f"until {there:%a %H:%M} ({hours.timezone})"
