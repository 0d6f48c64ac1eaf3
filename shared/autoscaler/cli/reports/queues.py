"""Queues as the last ticks saw them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import DecisionRow, QueueSeen
from autoscaler.core.value import Value

BLIND = {Cause.CLEARML_UNREADABLE, Cause.CREDENTIALS_REFUSED}


class QueueLine(Value):
    """`waiting` is None where the rows do not tell; `served_by` are keys of resources."""

    queue: str
    waiting: int | None
    oldest: datetime | None
    served_by: tuple[str, ...]
    note: str


def queue_lines(
    deployment: Deployment, decisions: Mapping[str, DecisionRow]
) -> tuple[QueueLine, ...]:
    return tuple(_line(ref, deployment, decisions) for ref in deployment.queue_refs)


def _line(ref: str, deployment: Deployment, decisions: Mapping[str, DecisionRow]) -> QueueLine:
    served_by = tuple(r.key for r in deployment.resources if ref in r.queues)
    rows = [
        decisions[r.autoscaler]
        for r in deployment.resources
        if ref in r.queues and r.autoscaler in decisions
    ]
    seen = next((each for row in rows for each in row.queues if each.queue == ref), None)
    return QueueLine(
        queue=ref,
        waiting=seen.waiting if seen else None,
        oldest=seen.oldest if seen else None,
        served_by=served_by,
        note=_note(seen, rows),
    )


def _note(seen: QueueSeen | None, rows: Sequence[DecisionRow]) -> str:
    if seen:
        return "paused by its tag" if seen.paused else ""
    if not rows:
        return ""
    blind = any(verdict.cause in BLIND for row in rows for verdict in row.did_not)
    return "could not be read" if blind else "does not exist"
