"""What a tick leaves for people to read, and what it remembers of failed boots."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from autoscaler.core.decisions import Plan, Verdict
from autoscaler.core.fleet import Autoscaler, Deployment
from autoscaler.core.ledger import Breaker, DecisionRow, Instance, Learned, Phase, QueueSeen
from autoscaler.core.limits import TRIPPED_AFTER
from autoscaler.core.rows import LiveSet
from autoscaler.core.scale_in import summarise
from autoscaler.core.schedules import in_force
from autoscaler.core.seen import Snapshot

_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=1)
_CLOSED = {"failures": 0, "open_until": None, "reason": "", "instance": "", "console": ()}


def decision_rows(
    deployment: Deployment, rows: LiveSet, seen: Snapshot, plan: Plan, gen: int
) -> Iterator[DecisionRow]:
    """One row per autoscaler: the row that a person opens to learn why it did not scale."""
    did = did_verdicts(deployment, rows, plan)
    for autoscaler in in_force(deployment, seen.now).autoscalers:
        yield _decision_row(deployment, autoscaler, rows, seen, gen, did, plan.did_not)


def learned_rows(rows: LiveSet, plan: Plan) -> Iterator[Learned]:
    """One row for each resource that taught something: a tick that saw no news writes none."""
    for key, memory in plan.learned.items():
        before = rows.get(Learned, key)
        yield Learned.of(key, memory, revision=before.revision if before else 0)


def did_verdicts(deployment: Deployment, rows: LiveSet, plan: Plan) -> list[Verdict]:
    """The plan's launches and drains in the words of verdicts."""
    launches = [
        Verdict(
            cause=launch.cause,
            reason=launch.reason,
            autoscaler=deployment.by_key[launch.resource].autoscaler,
            resource=deployment.by_key[launch.resource].name,
            queue=launch.queue,
            count=launch.count,
        )
        for launch in plan.launches
    ]
    drains = [
        Verdict(
            cause=drain.cause,
            reason=drain.reason,
            autoscaler=row.autoscaler,
            resource=row.resource,
            instance=row.key,
            count=1,
        )
        for drain in plan.drains
        if (row := rows.get(Instance, drain.instance))
    ]
    return launches + drains


def concerning(autoscaler: Autoscaler, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts that a person who asks about this autoscaler wants to read."""
    queues = {ref for resource in autoscaler.resources for ref in resource.queues}

    def concerns(verdict: Verdict) -> bool:
        if verdict.autoscaler:
            return verdict.autoscaler == autoscaler.name
        return not verdict.queue or verdict.queue in queues

    return tuple(summarise([v for v in verdicts if concerns(v)]))


def breaker_after(row: Instance, rows: LiveSet, now: datetime) -> Breaker | None:
    """The resource's breaker when this move of an instance changes it."""
    before = rows.get(Breaker, row.resource_key)
    if row.phase == Phase.UP and row.registered_at == now and before and before.failures:
        return before.model_copy(update=_CLOSED)
    if row.phase != Phase.GONE or not _failed_to_boot(row):
        return None
    failures = before.failures + 1 if before else 1
    doublings = max(0, failures - TRIPPED_AFTER)
    pause = min(_FIRST_PAUSE * 2 ** min(doublings, 10), _LONGEST_PAUSE)
    return Breaker(
        key=row.resource_key,
        revision=before.revision if before else 0,
        failures=failures,
        open_until=now + pause,
        reason=_why_it_failed(row, row.reason),
        instance=row.key,
        console=row.console,
    )


def breaker_told(row: Instance, before: Breaker) -> Breaker:
    """The breaker with what is known by now of the boot that failed last."""
    changes = {"reason": _why_it_failed(row, before.reason), "console": row.console}
    return before.model_copy(update=changes)


def _why_it_failed(row: Instance, reason: str) -> str:
    return f"{reason}; it failed {row.boot_failed}" if row.boot_failed else reason


def _failed_to_boot(row: Instance) -> bool:
    """It had a machine that never registered, and nobody sent it away before its time."""
    if not row.instance_id or row.registered_at:
        return False
    return row.drain_at is None or bool(row.boot_deadline and row.boot_deadline <= row.drain_at)


def _decision_row(
    deployment: Deployment,
    autoscaler: Autoscaler,
    rows: LiveSet,
    seen: Snapshot,
    gen: int,
    did: Iterable[Verdict],
    did_not: Iterable[Verdict],
) -> DecisionRow:
    before = rows.decision(autoscaler.name)
    refs = dict.fromkeys(ref for resource in autoscaler.resources for ref in resource.queues)
    queues = {ref: seen.queues[ref] for ref in refs if ref in seen.queues}
    distinct = {queue.id: queue for queue in queues.values()}.values()
    mine = [s for s in seen.supply if s.instance.autoscaler == autoscaler.name]
    leaving = (Phase.DRAINING, Phase.TERMINATING)
    return DecisionRow(
        key=autoscaler.name,
        revision=before.revision if before else 0,
        at=seen.now,
        gen=gen,
        waiting=sum(queue.waiting for queue in distinct),
        oldest=min((q.oldest for q in distinct if q.oldest), default=None),
        idle=sum(1 for s in mine if s.idle and not s.busy),
        booting=sum(1 for s in mine if s.instance.phase in (Phase.REQUESTED, Phase.BOOTING)),
        busy=sum(1 for s in mine if s.busy),
        draining=sum(1 for s in mine if s.instance.phase in leaving),
        live=len([r for r in rows.living() if r.autoscaler == autoscaler.name]),
        max=autoscaler.max_instances or deployment.max_instances,
        on_shutdown=autoscaler.on_shutdown,
        queues=tuple(
            QueueSeen(queue=ref, waiting=q.waiting, oldest=q.oldest, paused=q.paused)
            for ref, q in queues.items()
        ),
        did=concerning(autoscaler, did),
        did_not=concerning(autoscaler, did_not),
    )
