"""The reaper: lets one machine go. It asks the guard, and decides itself only as a last resort."""

import logging
from datetime import datetime

from autoscaler.core import facts, repair
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Phase, Ref
from autoscaler.core.lifecycle import move
from autoscaler.core.seen import Worker
from autoscaler.errors import StaleWriteError
from autoscaler.ports import Compute, Ports
from autoscaler.services.book import Book
from autoscaler.services.hear import Hearer
from autoscaler.services.observe import prefixes
from autoscaler.services.repair import Repairer

log = logging.getLogger(__name__)

BY = "reaper"


class Reaper:
    """Told twice or late, it finds the row moved on; told never, the next tick tells it again."""

    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        self._deployment = deployment
        self._ports = ports
        self._book = Book(ports.state, BY)
        self._hear = Hearer(ports)
        self._repair = Repairer(deployment, ports)

    def __call__(self, key: str) -> None:
        """Do for the instance what its phase asks for. UnavailableError: try again later."""
        found = self._ports.state.read(Ref("instance", key))
        row = found if isinstance(found, Instance) else None
        if row and row.unheard:
            row = self._hear(row)
        if row:
            self._visit(row)

    def _visit(self, row: Instance) -> None:
        now = self._ports.clock.now()
        if row.phase == Phase.GONE and not row.settled:
            self._repair(row, now)
            return
        compute = self._ports.computes.get(row.compute)
        if compute is None:
            log.error(
                "compute_not_configured", extra={"instance": row.key, "compute": row.compute}
            )
            return
        if row.phase == Phase.DRAINING:
            self._drain(row, compute, now)
        elif row.phase == Phase.TERMINATING:
            self._terminate(row, compute, now)
        elif row.phase == Phase.UP and row.drain_nonce:
            self._withdraw(row, compute, now)

    def _drain(self, row: Instance, compute: Compute, now: datetime) -> None:
        """Hand the order over; a guard that had it for too long and does nothing is silent."""
        if row.asked_at is None or now - row.asked_at < self._deployment.timing.drain:
            compute.drain(row.instance_id, row.drain_nonce)
            self._appoint(row.model_copy(update={"asked_at": row.asked_at or now}), now)
            return
        reason = f"{row.drain_reason}; its guard did not answer the drain order"
        terminating = move(row, Phase.TERMINATING, reason, now)
        stored = self._book.write(terminating, row, now)
        if isinstance(stored, Instance):
            self._terminate(stored, compute, now)

    def _terminate(self, row: Instance, compute: Compute, now: datetime) -> None:
        """TERMINATING stands in the table; now look, as the last thing before the call (R13)."""
        if not row.forced and (held := self._held(row, now)):
            self._book.write(move(row, Phase.UP, f"not terminated: {held}", now), row, now)
            return
        compute.terminate(row.instance_id)
        self._appoint(row, now)

    def _withdraw(self, row: Instance, compute: Compute, now: datetime) -> None:
        compute.drain(row.instance_id, "")
        self._book.write(row.model_copy(update={"drain_nonce": "", "drain_at": None}), row, now)

    def _held(self, row: Instance, now: datetime) -> str:
        """What the machine's workers may hold, in words; "" for nothing.

        Asked in the order in which a task passes by: popped, started, reported. A worker that
        ClearML no longer lists may still work: only a task of which nobody speaks is nobody's.
        """
        listed = {queue for worker in self._workers_of(row) for queue in worker.queues}
        queues = listed | set(row.queue_ids)
        popped = self._ports.tasks.unreported(queues) if queues else ()
        if popped:
            self._repair.doubt(popped, row, now)
        started = self._ports.tasks.held_by(repair.worker_ids(row))
        working = [task.id for task in started if repair.speaks(task, now)]
        reported = [worker.task for worker in self._workers_of(row) if worker.task]
        if running := [*working, *reported]:
            return f"task {running[0]} runs on it"
        return f"task {popped[0]} was pulled, and nobody reports it yet" if popped else ""

    def _workers_of(self, row: Instance) -> list[Worker]:
        listed = self._ports.workers.read(prefixes(self._deployment, row))
        return list(facts.workers_by_machine(listed).get(row.worker, ()))

    def _appoint(self, row: Instance, now: datetime) -> None:
        """When to look again, should nothing happen until then."""
        due = now + self._deployment.timing.recheck
        try:
            self._ports.state.commit(put=[row.model_copy(update={"next_check": due})])
        except StaleWriteError:
            log.info("moved_on", extra={"instance": row.key})
