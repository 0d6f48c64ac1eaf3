"""`explain INSTANCE`: its row, why it is still there or why it went, and its life so far."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from autoscaler.cli.reports.instances import activity
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Event, Instance, Launch, Learned, Phase
from autoscaler.core.rows import LiveSet
from autoscaler.core.timeout import timeout
from autoscaler.core.value import Value
from autoscaler.core.words import span
from autoscaler.ports import State


class InstanceExplained(Value):
    """`why` is in sentences, the most important one first; `timeline` in order of time."""

    at: datetime
    instance: Instance
    activity: str
    why: tuple[str, ...]
    timeline: tuple[Event, ...]


def instance(
    row: Instance, deployment: Deployment, state: State, now: datetime
) -> InstanceExplained:
    live = LiveSet(state.live())
    return InstanceExplained(
        at=now,
        instance=row,
        activity=activity(row),
        why=tuple(_why(row, deployment, live, now)),
        timeline=_timeline(row, state),
    )


def _timeline(row: Instance, state: State) -> tuple[Event, ...]:
    subjects = dict.fromkeys([row.launch, row.key])
    found = [one for subject in subjects if subject for one in state.history(subject=subject)]
    events = {one.key: one for one in found if isinstance(one, Event)}
    return tuple(sorted(events.values(), key=lambda event: (event.at, event.key)))


def _why(row: Instance, deployment: Deployment, live: LiveSet, now: datetime) -> Sequence[str]:
    match row.phase:
        case Phase.GONE:
            return [f"it is gone: {row.reason}", *_failure(row)]
        case Phase.TERMINATING:
            return [f"it is being ended: {row.reason}", *_failure(row)]
        case Phase.DRAINING:
            return [f"it ends unless a task has come: {row.reason}", *_failure(row)]
        case Phase.REQUESTED:
            return _requested(row, live, now)
        case Phase.BOOTING:
            return [_booting(row, now)]
        case Phase.UP:
            resource = deployment.by_key.get(row.resource_key)
            return [*_up(row, resource, live, now), *_wishes(row, deployment, live)]


def _wishes(row: Instance, deployment: Deployment, live: LiveSet) -> Sequence[str]:
    """What people want of it: one who drained everything, or who removed its autoscaler."""
    wishes = [f"it goes once no task runs on it: {row.dismissed}"] if row.dismissed else []
    decision = live.decision(row.autoscaler)
    if decision and row.autoscaler not in {each.name for each in deployment.autoscalers}:
        wish = f"left the configuration with on_shutdown: {decision.on_shutdown}"
        wishes.append(f"its autoscaler {wish}")
    return wishes


def _failure(row: Instance) -> Sequence[str]:
    if not row.boot_failed:
        return []
    kept = ["`autoscaler logs` shows its last lines"] if row.console else []
    return [f"its boot failed {row.boot_failed}", *kept]


def _requested(row: Instance, live: LiveSet, now: datetime) -> Sequence[str]:
    why = [f"its machine was asked for {span(now - row.requested_at)} ago: {row.reason}"]
    launch = live.get(Launch, row.launch)
    if launch is None:
        return why
    why += [f"refused: {refusal}" for refusal in launch.refused]
    if launch.not_before and launch.not_before > now:
        why.append(f"asked for again in {span(launch.not_before - now)}")
    if launch.state == "OPEN":
        why.append(f"given up in {span(launch.deadline - now)} unless it starts")
    return why


def _booting(row: Instance, now: datetime) -> str:
    since = span(now - (row.launched_at or row.requested_at))
    if row.boot_deadline is None:
        return f"its worker is awaited, for {since} so far"
    left = span(row.boot_deadline - now)
    return f"its worker is awaited, for {since} so far; it is given up in {left}"


def _up(row: Instance, resource: Resource | None, live: LiveSet, now: datetime) -> Sequence[str]:
    if row.silent_since:
        limit = resource.max_spin_up if resource else timedelta(0)
        silent = now - row.silent_since
        left = span(limit - silent)
        why = f"ClearML has not known its worker for {span(silent)}"
        return [why, f"it is drained in {left} unless the worker is back"]
    if row.idle_since is None:
        task = row.reason if "runs on it" in row.reason else "a task runs on it"
        return [f"it works: {task}", "a machine that works is never stopped by scaling in"]
    return _idle(row, resource, live, now)


def _idle(row: Instance, resource: Resource | None, live: LiveSet, now: datetime) -> Sequence[str]:
    idle = now - (row.idle_since or now)
    if resource is None:
        return [f"idle for {span(idle)}; {row.resource_key} is no longer in the configuration"]
    decision = live.decision(row.autoscaler)
    verdicts = decision.did_not if decision else ()
    kept = [v.reason for v in verdicts if _concerns(row, v.instance, v.resource, v.cause)]
    if row.protected:
        kept.insert(0, "it is protected: `autoscaler protect --off` lets it go")
    limit = resource.max_idle
    known = f"idle for {span(idle)} of {span(limit)}"
    if kept:
        return [*kept, known]
    if resource.policy == "adaptive":
        found = timeout(resource, live.get(Learned, resource.key), live.unavailable, now)
        stay = f"as many machines stay as had work lately ({found.why})"
        return [known, stay]
    return [f"{known}: it may go" + (f" in {span(limit - idle)}" if idle < limit else "")]


def _concerns(row: Instance, instance: str, resource: str, cause: str) -> bool:
    """A verdict that holds for every idle machine of the resource, or for this one."""
    shared = {"kept-for-minimum", "kept-for-waiting", "scale-in-paused"}
    return cause in shared and (instance == row.key or (not instance and resource == row.resource))
