"""Reading the world for one tick: in full, or saying what could not be read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance
from autoscaler.core.reconcile import Listing, Observed
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Queue, Worker
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Ports


class Observer:
    """Workers first, then queues.

    A task popped in between is in neither: nothing is started for it, and the guard of its
    machine refuses a drain.
    """

    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        self._deployment = deployment
        self._ports = ports

    def observe(self, now: datetime, rows: LiveSet, *, create_missing: bool) -> Observed:
        """With `create_missing`, queues that do not exist are made; they are seen next time."""
        workers: tuple[Worker, ...] | None = None
        queues: dict[str, Queue] = {}
        problem: str | None = None
        refused = False
        try:
            workers = self._read_workers(rows)
            queues = self._read_queues()
            if create_missing:
                self._create(ref for ref in self._deployment.queue_refs if ref not in queues)
        except UnavailableError as error:
            workers, queues, problem = None, {}, str(error)
            refused = isinstance(error, CredentialsError)
        listings, unreadable = self._list_machines()
        return Observed(
            now=now,
            listings=listings,
            unreadable=unreadable,
            queues=queues,
            workers=workers,
            clearml_problem=problem,
            credentials_refused=refused,
        )

    def _read_workers(self, rows: LiveSet) -> tuple[Worker, ...]:
        return tuple(self._ports.workers.read(prefixes(self._deployment, *rows.instances)))

    def _read_queues(self) -> dict[str, Queue]:
        refs = self._deployment.queue_refs
        found = self._ports.queues.read(refs)
        by_ref = {queue.name: queue for queue in found} | {queue.id: queue for queue in found}
        return {ref: by_ref[ref] for ref in refs if ref in by_ref}

    def _create(self, missing: Iterable[str]) -> None:
        for ref in missing:
            self._ports.queues.create(ref)

    def _list_machines(self) -> tuple[dict[str, Listing], dict[str, str]]:
        listings: dict[str, Listing] = {}
        unreadable: dict[str, str] = {}
        for name, compute in self._ports.computes.items():
            began = self._ports.clock.now()
            try:
                listings[name] = Listing(began=began, machines=tuple(compute.machines()))
            except UnavailableError as error:
                unreadable[name] = str(error)
        return listings, unreadable


def prefixes(deployment: Deployment, *rows: Instance) -> Sequence[str]:
    """The first words of our workers' ids: as configured now, and as machines still carry them."""
    configured = [autoscaler.prefix for autoscaler in deployment.autoscalers]
    carried = [row.worker.partition(":")[0] for row in rows if row.worker]
    return tuple(dict.fromkeys(configured + carried))
