"""`explain AUTOSCALER`: the numbers of its last tick, what it did, what it did not, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from autoscaler.cli.reports.idle import IdleLine, idle_lines
from autoscaler.cli.reports.queues import BLIND
from autoscaler.cli.reports.status import pauses
from autoscaler.cli.reports.ticks import is_old
from autoscaler.core.decisions import WHY_IT_STAYS, Verdict
from autoscaler.core.fleet import Autoscaler, Deployment
from autoscaler.core.ledger import DecisionRow, Event, Instance, Launch
from autoscaler.core.rows import LiveSet
from autoscaler.core.value import Value
from autoscaler.ports import State

_LATELY = 8
_FAR = 400


class Numbers(Value):
    """What the last tick counted; `waiting` is None when ClearML could not be read."""

    at: datetime
    waiting: int | None
    oldest: datetime | None
    idle: int
    booting: int
    busy: int
    draining: int
    live: int
    max: int | None


class AutoscalerExplained(Value):
    """`last_tick` is None before the first one. `lately` is in order of time."""

    autoscaler: str
    at: datetime
    last_tick: Numbers | None
    last_tick_is_old: bool
    paused: tuple[str, ...]
    did: tuple[Verdict, ...]
    not_started: tuple[Verdict, ...]
    not_stopped: tuple[Verdict, ...]
    idle_limits: tuple[IdleLine, ...]
    lately: tuple[Event, ...]


def autoscaler(
    wanted: Autoscaler, deployment: Deployment, state: State, now: datetime, interval: timedelta
) -> AutoscalerExplained:
    live = LiveSet(state.live())
    decision = live.decision(wanted.name)
    return AutoscalerExplained(
        autoscaler=wanted.name,
        at=now,
        last_tick=numbers(decision, wanted, deployment) if decision else None,
        last_tick_is_old=is_old(decision.at if decision else None, now, interval),
        paused=pauses(wanted.name, live),
        did=decision.did if decision else (),
        not_started=_of(decision, stopping=False),
        not_stopped=_of(decision, stopping=True),
        idle_limits=idle_lines(wanted.resources, live, now),
        lately=_lately(wanted.name, state.history(limit=_FAR)),
    )


def numbers(row: DecisionRow, wanted: Autoscaler, deployment: Deployment) -> Numbers:
    """`max` is the smallest that is written: its own, the deployment's, its resources' sum."""
    limits = [row.max, wanted.max_instances, deployment.max_instances]
    written = [limit for limit in limits if limit is not None]
    all_resources = sum(resource.max_instances for resource in wanted.resources)
    return Numbers(
        at=row.at,
        waiting=None if _blind(row) else row.waiting,
        oldest=None if _blind(row) else row.oldest,
        idle=row.idle,
        booting=row.booting,
        busy=row.busy,
        draining=row.draining,
        live=row.live,
        max=min([*written, all_resources]),
    )


def _blind(row: DecisionRow) -> bool:
    return not row.queues and any(verdict.cause in BLIND for verdict in row.did_not)


def _of(decision: DecisionRow | None, *, stopping: bool) -> tuple[Verdict, ...]:
    verdicts = decision.did_not if decision else ()
    return tuple(v for v in verdicts if (v.cause in WHY_IT_STAYS) == stopping)


def _lately(name: str, history: Sequence[Event | Instance | Launch]) -> tuple[Event, ...]:
    mine = (row for row in history if isinstance(row, Event) and row.autoscaler in (name, "*"))
    return tuple(reversed(list(islice(mine, _LATELY))))
