"""`plan`: what the next tick would do, and why, from a preview."""

from datetime import datetime

from autoscaler.cli.find import short_names
from autoscaler.core.decisions import WHY_IT_STAYS, LaunchDecision, Plan, Verdict
from autoscaler.core.scale_in import summarise
from autoscaler.core.seen import Queue, Snapshot
from autoscaler.core.value import Value


class Drain(Value):
    instance: str
    name: str
    resource: str
    cause: str
    reason: str


class Planned(Value):
    """`problem` says why ClearML could not be read; then nothing would be done."""

    at: datetime
    problem: str | None
    queues: dict[str, Queue]
    launches: tuple[LaunchDecision, ...]
    drains: tuple[Drain, ...]
    not_started: tuple[Verdict, ...]
    not_stopped: tuple[Verdict, ...]


def planned(seen: Snapshot, plan: Plan) -> Planned:
    rows = {supply.instance.key: supply.instance for supply in seen.supply}
    names = short_names(rows)
    did_not = tuple(summarise(plan.did_not))
    return Planned(
        at=seen.now,
        problem=seen.clearml_problem,
        queues=seen.queues,
        launches=plan.launches,
        drains=tuple(
            Drain(
                instance=drain.instance,
                name=names[drain.instance],
                resource=rows[drain.instance].resource_key,
                cause=drain.cause,
                reason=drain.reason,
            )
            for drain in plan.drains
        ),
        not_started=tuple(v for v in did_not if v.cause not in WHY_IT_STAYS),
        not_stopped=tuple(v for v in did_not if v.cause in WHY_IT_STAYS),
    )
