"""What a tick learns about the machines it owns: observed facts in, moved rows out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from autoscaler.core.fleet import Resource
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.lifecycle import HAS_MACHINE, move
from autoscaler.core.seen import Machine, Worker
from autoscaler.core.words import span

_JUST_NOW = timedelta(seconds=60)


def bind(
    row: Instance,
    machine: Machine,
    spin_up: timedelta,
    now: datetime,
    *,
    hourly_price: float | None = None,
) -> Instance:
    """The machine belongs to this row: REQUESTED (or, told wrongly gone, GONE) -> BOOTING."""
    launched_at = machine.launched_at or now
    reason = "launched" if row.phase == Phase.REQUESTED else "found alive after it was given up"
    return move(
        row,
        Phase.BOOTING,
        f"{reason}: {machine.instance_id}",
        now,
        instance_id=machine.instance_id,
        attempt=machine.attempt,
        type=machine.type,
        zone=machine.zone,
        market=machine.market,
        hourly_price=row.hourly_price if hourly_price is None else hourly_price,
        worker=machine.worker,
        launched_at=launched_at,
        boot_deadline=now + spin_up,
        next_check=now + spin_up,
        missing_since=None,
        gone_at=None,
        lost=(),
        settled=False,
        forced=False,
        requeue=False,
        boot=(),
        boot_failed="",
        console=(),
        unheard=False,
    )


def machine_fact(
    row: Instance, machine: Machine | None, margin: timedelta, now: datetime
) -> Instance:
    """What a complete listing says of a row that has a machine; itself when that is no news.

    Absence alone needs `margin`.
    """
    if row.phase not in HAS_MACHINE:
        return row
    if machine is None:
        return _missing(row, margin, now)
    if machine.state == "gone":
        proven = row.model_copy(update={"missing_since": None})
        return gone(proven, _ending(row, machine.detail or "the machine ended"), now)
    if row.missing_since:
        return row.model_copy(update={"missing_since": None})
    return row


def gone(row: Instance, reason: str, now: datetime) -> Instance:
    settled = not row.instance_id  # without a machine it took no task with it
    unheard = row.unheard or row.phase == Phase.BOOTING
    return move(
        row,
        Phase.GONE,
        reason,
        now,
        gone_at=now,
        idle_since=None,
        settled=settled,
        unheard=unheard,
    )


def worker_fact(row: Instance, workers: Sequence[Worker], now: datetime) -> Instance:
    """What a complete list of workers says of a row; the row itself when that is no news.

    `workers` are those of this machine.
    """
    busy = next((w.task for w in workers if w.task), "")
    if row.phase == Phase.BOOTING and workers:
        return _registered(row, busy, now)
    if row.phase == Phase.DRAINING and busy:
        reason = f"drain refused: task {busy} runs on it"
        return move(
            row,
            Phase.UP,
            reason,
            now,
            registered_at=row.registered_at or now,
            idle_since=None,
            silent_since=None,
            last_busy=now,
            unheard=row.unheard or row.registered_at is None,
        )
    if row.phase == Phase.UP:
        return _working(row, workers, busy, now)
    return row


def workers_by_machine(workers: Sequence[Worker]) -> Mapping[str, Sequence[Worker]]:
    """Workers under the machine's own worker id, a slot's number (":0", ":1", ...) cut off."""
    found: dict[str, list[Worker]] = {}
    for worker in workers:
        found.setdefault(worker.id, []).append(worker)
        base, _, slot = worker.id.rpartition(":")
        if slot.isdigit():
            found.setdefault(base, []).append(worker)
    return found


def twice(workers: Sequence[Worker], now: datetime) -> dict[str, tuple[str, ...]]:
    """The workers of each task that several of them reported just now.

    A worker that is silent may be dead, and its task brought back to another one since.
    """
    found: dict[str, list[str]] = {}
    before = now - _JUST_NOW
    for worker in workers:
        if worker.task and worker.last_report is not None and worker.last_report > before:
            found.setdefault(worker.task, []).append(worker.id)
    return {task: tuple(sorted(ids)) for task, ids in found.items() if len(ids) > 1}


def slots(
    row: Instance, workers: Sequence[Worker], resource: Resource | None, now: datetime
) -> tuple[int, int, int]:
    """How many of its slots are idle, busy, and still coming."""
    busy = len([w for w in workers if w.task])
    if row.phase == Phase.UP:
        idle = len(workers) - busy
        starting = resource is not None and now - (row.registered_at or now) < resource.max_spin_up
        return idle, busy, max(0, row.slots - len(workers)) if starting and workers else 0
    if row.phase in (Phase.REQUESTED, Phase.BOOTING):
        # its appointment is the end of its launch, or of its boot: nothing comes after that
        late = row.next_check is not None and row.next_check <= now
        return 0, 0, 0 if late else row.slots
    return 0, busy, 0


def _missing(row: Instance, margin: timedelta, now: datetime) -> Instance:
    if row.launched_at and now - row.launched_at < margin:
        return row  # it may not be listed yet: that is no absence (R12)
    if row.missing_since is None:
        return row.model_copy(update={"missing_since": now})
    absent = now - row.missing_since
    if absent < margin:
        return row
    return gone(row, _ending(row, f"not listed for {span(absent)}"), now)


def _ending(row: Instance, how: str) -> str:
    if row.phase in (Phase.DRAINING, Phase.TERMINATING) and row.drain_reason:
        return f"{row.drain_reason}; {how}"
    return how


def _registered(row: Instance, busy: str, now: datetime) -> Instance:
    took = span(now - (row.launched_at or now))
    return move(
        row,
        Phase.UP,
        f"registered {took} after its launch",
        now,
        registered_at=now,
        idle_since=None if busy else now,
        last_busy=now if busy else None,
        silent_since=None,
        unheard=True,
    )


def _working(row: Instance, workers: Sequence[Worker], busy: str, now: datetime) -> Instance:
    if not workers:
        return row if row.silent_since else row.model_copy(update={"silent_since": now})
    changes: dict[str, object] = {"silent_since": None} if row.silent_since else {}
    if busy and row.idle_since:
        changes |= {"idle_since": None, "last_busy": now, "reason": f"task {busy} runs on it"}
    if not busy and row.idle_since is None:
        changes |= {"idle_since": now, "last_busy": now, "reason": "its last task ended"}
    return row.model_copy(update=changes) if changes else row
