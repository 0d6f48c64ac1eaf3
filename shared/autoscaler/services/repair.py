"""What a lost machine took with it: its tasks go back to their queues, its workers leave."""

import logging
from collections.abc import Collection
from datetime import datetime

from autoscaler.core import facts, repair
from autoscaler.core.fleet import Deployment, OnLost, Timing
from autoscaler.core.ledger import Event, Instance, Ref, Repair
from autoscaler.core.seen import Task, Worker
from autoscaler.errors import StaleWriteError
from autoscaler.ports import Ports
from autoscaler.services.observe import prefixes

log = logging.getLogger(__name__)

BY = "reaper"


class Repairer:
    """Looks twice at what a GONE machine may have held: at once, and when popped tasks are due.

    Every step is written down before it is done, and found again by the next visit.
    """

    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        self._deployment = deployment
        self._ports = ports

    def __call__(self, row: Instance, now: datetime) -> None:
        """One visit. UnavailableError: ClearML could not be asked; the row is visited again."""
        workers = self._workers_of(row)
        if repair.still_reports(row, workers, now):
            self._write(row.model_copy(update={"next_check": now + self._timing.recheck}))
            return
        suspects = self._suspects(row, now)
        if set(suspects) != set(row.lost):
            written = self._write(row.model_copy(update={"lost": suspects}))
            if written is None:
                return
            row = written
        waits = [self._treat(task, row, now) for task in self._ports.tasks.read(row.lost)]
        for worker in workers:
            self._ports.workers.unregister(worker.id)
        if repair.overdue(row, now) and not any(waits):
            self._write(row.model_copy(update={"settled": True, "next_check": None}))
        else:
            self._write(row.model_copy(update={"next_check": now + self._timing.recheck}))

    def doubt(self, popped: Collection[str], row: Instance, now: datetime) -> None:
        """Remember popped tasks that nobody reports; bring back those that nobody has.

        The agent that popped one may have died on a machine that lives, and no row would tell.
        """
        for task in self._ports.tasks.read(popped):
            found = self._ports.state.read(Ref("repair", task.id))
            before = found if isinstance(found, Repair) else None
            doubt = repair.doubted(task, before, now)
            if doubt:
                self._put(doubt)
            elif repair.forsaken(before, now):
                claim = repair.claimed(task, row, before, now, self._timing.claim)
                if self._put(claim):
                    self._close(claim, self._hand_back(task, claim), row, now)

    def _suspects(self, row: Instance, now: datetime) -> tuple[str, ...]:
        """Tasks that this machine may have held. Later pops are other machines'."""
        popped: Collection[str] = ()
        if not repair.overdue(row, now) and row.queue_ids:
            popped = self._ports.tasks.unreported(row.queue_ids)
        held = [task.id for task in self._ports.tasks.held_by(repair.worker_ids(row))]
        return tuple(dict.fromkeys([*row.lost, *popped, *held]))

    def _treat(self, task: Task, row: Instance, now: datetime) -> bool:
        """Bring the task back if it was lost; whether it has to be looked at again."""
        found = self._ports.state.read(Ref("repair", task.id))
        before = found if isinstance(found, Repair) else None
        step = repair.step(task, row, before, now)
        if step is repair.Step.WAIT and (doubt := repair.doubted(task, before, now)):
            self._put(doubt)  # a living agent may have popped it just now
        if step is not repair.Step.BRING_BACK:
            return step is repair.Step.WAIT
        claim = repair.claimed(task, row, before, now, self._timing.claim)
        if not self._put(claim):
            return True
        self._close(claim, self._bring_back(task, row, claim), row, now)
        return False

    def _bring_back(self, task: Task, row: Instance, claim: Repair) -> str:
        """Do what the queue's policy says; in words, what was done."""
        no_loss = OnLost(most=claim.count)
        rule = no_loss if row.requeue else self._rule(claim.queue)
        if rule.policy == "ignore":
            return "left as it is: on_lost is ignore"
        why = repair.reason(row)
        if rule.policy == "fail" or claim.count > rule.most:
            self._ports.tasks.fail(task.id, why)
            return f"failed: it lost {claim.count} of at most {rule.most} machines"
        if rule.policy == "reset":
            self._ports.tasks.reset(task.id)
        else:
            self._ports.tasks.stop(task.id, why)
        if not self._ports.tasks.enqueue(task.id, claim.queue, why):
            return "stopped: its queue no longer exists"
        return "back at the front of its queue"

    def _hand_back(self, task: Task, claim: Repair) -> str:
        """One call for a task that never began: what breaks off changes nothing."""
        rule = self._rule(claim.queue)
        if rule.policy == "ignore":
            return "left as it is: on_lost is ignore"
        if rule.policy == "fail" or claim.count > rule.most:
            self._ports.tasks.fail(task.id, repair.UNREPORTED)
            return f"failed: it lost {claim.count} of at most {rule.most} agents"
        if not self._ports.tasks.enqueue(task.id, claim.queue, repair.UNREPORTED):
            return "left as it is: its queue no longer exists"
        return "back at the front of its queue"

    def _rule(self, queue_id: str) -> OnLost:
        """The rule of the queue, whose ref may be its name."""
        by_queue, others = self._deployment.queue_on_lost, self._deployment.on_lost
        if not by_queue:
            return others
        queues = self._ports.queues.read(by_queue)
        refs = [ref for queue in queues if queue.id == queue_id for ref in (queue.id, queue.name)]
        return next((by_queue[ref] for ref in refs if ref in by_queue), others)

    def _close(self, claim: Repair, outcome: str, row: Instance, now: datetime) -> None:
        done = claim.model_copy(
            update={"revision": claim.revision + 1, "claim_until": None, "outcome": outcome}
        )
        told = Event(
            key=f"{now.isoformat()}#{row.key}#{claim.key}",
            at=now,
            autoscaler=row.autoscaler,
            subject=row.key,
            event=f"{'requeued' if row.requeue else 'lost'} task {claim.key}",
            reason=outcome,
            by=BY,
        )
        try:
            self._ports.state.commit(put=[done], record=[told])
        except StaleWriteError:
            log.info("repair_moved_on", extra={"task": claim.key})

    def _workers_of(self, row: Instance) -> list[Worker]:
        listed = self._ports.workers.read(prefixes(self._deployment, row))
        return list(facts.workers_by_machine(listed).get(row.worker, ())) if row.worker else []

    def _put(self, claim: Repair) -> bool:
        try:
            self._ports.state.commit(put=[claim])
        except StaleWriteError:
            return False
        return True

    def _write(self, row: Instance) -> Instance | None:
        try:
            self._ports.state.commit(put=[row])
        except StaleWriteError:
            return None
        return row.model_copy(update={"revision": row.revision + 1})

    @property
    def _timing(self) -> Timing:
        return self._deployment.timing
