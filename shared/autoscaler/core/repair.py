"""Tasks that may have died with their machine: which did, and what to do about each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from autoscaler.core.ledger import Instance, Repair
from autoscaler.core.seen import Task, Worker

PATIENCE = timedelta(seconds=120)
"""How long a task that was popped may go unreported before nobody has it."""
UNREPORTED = "popped, and nobody reports it"
SILENT_AFTER = timedelta(minutes=10)
"""A running task speaks every minute (its agent's ping); after this, nobody runs it."""

REPORTS_WITHIN = timedelta(seconds=90)
"""An agent that lives reports every half minute."""


FORGOTTEN_AFTER = timedelta(days=30)
"""A loss that long ago says nothing about a task that still waits or runs."""
_UNDER_WAY = ("queued", "in_progress")


class Step(Enum):
    """What to do about a task now."""

    BRING_BACK = auto()
    WAIT = auto()
    LEAVE = auto()


def worker_ids(row: Instance) -> tuple[str, ...]:
    """Every id under which an agent of the machine may have reported."""
    if not row.worker:
        return ()
    return (row.worker, *(f"{row.worker}:{slot}" for slot in range(row.slots)))


def reason(row: Instance) -> str:
    """What people read in ClearML; the same at every try, so that a try is recognised."""
    how = "stopped" if row.requeue else "lost"
    return f"its machine {row.instance_id} was {how} ({row.reason})"


def overdue(row: Instance, now: datetime) -> bool:
    """The time of the second look, at which popped tasks are given up."""
    return row.gone_at is not None and now - row.gone_at >= PATIENCE


def step(task: Task, row: Instance, before: Repair | None, now: datetime) -> Step:
    """`before` is what was written about the task's last loss, if anything was."""
    mine = before is not None and before.instance == row.key
    if before and before.outcome and mine:
        return Step.LEAVE
    if before and before.claim_until and before.claim_until > now:
        return Step.WAIT
    if _died_at_work(task, row) or _broken_off(task, row, begun=mine):
        return Step.BRING_BACK
    if not _popped_by_the_dead(task, row):
        return Step.LEAVE
    given_up = overdue(row, now) and forsaken(before, now)
    return Step.BRING_BACK if given_up else Step.WAIT


def claimed(
    task: Task, row: Instance, before: Repair | None, now: datetime, claim: timedelta
) -> Repair:
    """What is written before anything is done."""
    again = before is not None and before.instance == row.key
    count = before.count if before else 0
    queue = before.queue if before and again else task.queue  # a reset may have cleared it
    return Repair(
        key=task.id,
        revision=before.revision if before else 0,
        instance=row.key,
        queue=queue,
        count=count if again or row.requeue else count + 1,
        at=now,
        claim_until=now + claim,
    )


def doubted(task: Task, before: Repair | None, now: datetime) -> Repair | None:
    """What to remember of a task that was popped and that nobody reports; None: nothing new.

    Its pop leaves no trace in ClearML, so only a second look can tell how long ago it was.
    """
    if before and before.claim_until and before.claim_until > now:
        return None
    if before and before.outcome == UNREPORTED and not _spoken_of(task, before.at):
        return None
    return Repair(
        key=task.id,
        revision=before.revision if before else 0,
        instance="",
        queue=task.queue,
        count=before.count if before else 0,
        at=now,
        claim_until=None,
        outcome=UNREPORTED,
    )


def forsaken(before: Repair | None, now: datetime) -> bool:
    """Nobody has spoken of the task since it was doubted, and that was long enough ago."""
    doubt = before is not None and before.outcome == UNREPORTED
    return doubt and before is not None and now - before.at >= PATIENCE


def speaks(task: Task, now: datetime) -> bool:
    """Whether anybody spoke of the task lately: then its machine may be alive, unseen by us."""
    return task.reported is None or now - task.reported < SILENT_AFTER


def still_reports(row: Instance, workers: Sequence[Worker], now: datetime) -> bool:
    """The machine is gone for its absence only, and its agent goes on reporting: it lives."""
    absent = row.missing_since is not None
    return absent and any(w.last_report and now - w.last_report < REPORTS_WITHIN for w in workers)


def over(row: Repair, task: Task | None, now: datetime) -> bool:
    """Nobody needs the row: its task is done or does not exist, or was lost too long ago to count.

    Ask only when the row's instance has left the table: until then its tasks are looked at.
    """
    if row.claim_until and row.claim_until > now:
        return False
    return task is None or task.status not in _UNDER_WAY or now - row.at >= FORGOTTEN_AFTER


def _spoken_of(task: Task, since: datetime) -> bool:
    return any(at is not None and at > since for at in (task.changed, task.reported))


def _died_at_work(task: Task, row: Instance) -> bool:
    return task.status == "in_progress" and task.worker in worker_ids(row)


def _broken_off(task: Task, row: Instance, *, begun: bool) -> bool:
    """A try ended between its calls: after the stop, or (on_lost: reset) after the reset."""
    stopped = task.status == "stopped" and task.reason == reason(row)
    return stopped or (begun and task.status == "created")


def _popped_by_the_dead(task: Task, row: Instance) -> bool:
    """Queued by status, in no queue, and untouched since the machine died."""
    untouched = task.changed is None or row.gone_at is None or task.changed <= row.gone_at
    return task.status == "queued" and not task.waiting and untouched
