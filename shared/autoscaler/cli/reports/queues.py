"""Queues as the last ticks saw them, put together from what each autoscaler noted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import DecisionRow
from autoscaler.core.value import Value

_NOTES = {Cause.QUEUE_PAUSED: "paused by its tag", Cause.QUEUE_MISSING: "does not exist"}
_BLIND = {Cause.CLEARML_UNREADABLE, Cause.CREDENTIALS_REFUSED}


class QueueLine(Value):
    """`waiting` is None where the rows do not tell; `served_by` are keys of resources."""

    queue: str
    waiting: int | None
    oldest: datetime | None
    served_by: tuple[str, ...]
    note: str


class _Seen(Value):
    waiting: int | None = None
    oldest: datetime | None = None
    note: str = ""


def queue_lines(
    deployment: Deployment, decisions: Mapping[str, DecisionRow]
) -> tuple[QueueLine, ...]:
    seen: dict[str, _Seen] = {}
    for autoscaler in deployment.autoscalers:
        decision = decisions.get(autoscaler.name)
        refs = dict.fromkeys(ref for resource in autoscaler.resources for ref in resource.queues)
        for ref, one in _seen(refs, decision):
            if ref not in seen or seen[ref].waiting is None:
                seen[ref] = one
    return tuple(
        QueueLine(
            queue=ref,
            served_by=tuple(r.key for r in deployment.resources if ref in r.queues),
            **seen[ref].model_dump(),
        )
        for ref in deployment.queue_refs
    )


def _seen(refs: Iterable[str], decision: DecisionRow | None) -> Iterator[tuple[str, _Seen]]:
    """The verdicts name what waits where nothing was launched; the one that is left, the rest."""
    if decision is None or any(v.cause in _BLIND for v in decision.did_not):
        note = "could not be read" if decision else ""
        yield from ((ref, _Seen(note=note)) for ref in refs)
        return
    told = {verdict.queue: _told(verdict) for verdict in decision.did_not if _tells(verdict)}
    rest = [ref for ref in refs if ref not in told]
    left = max(0, decision.waiting - sum(one.waiting or 0 for one in told.values()))
    for ref in refs:
        if ref in told:
            yield ref, told[ref]
        elif len(rest) == 1:
            yield ref, _Seen(waiting=left, oldest=decision.oldest if left else None)
        else:
            yield ref, _Seen()


def _tells(verdict: Verdict) -> bool:
    return verdict.cause in {Cause.NO_DEMAND, Cause.COVERED, *_NOTES}


def _told(verdict: Verdict) -> _Seen:
    waiting = None if verdict.cause is Cause.QUEUE_MISSING else verdict.count
    return _Seen(waiting=waiting, note=_NOTES.get(verdict.cause, ""))
